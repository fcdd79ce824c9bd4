// The steps of a set-up as a person sees them. Several of the engine's steps are one to a person.

export const STEPS = ["connect", "network", "join", "confirm", "bind"] as const;

const PLACES: Record<string, number> = {
  find: 0,
  connect: 0,
  authorise: 0,
  network: 1,
  password: 1,
  join: 2,
  confirm: 3,
  bind: 4,
  "test-print": 4,
  done: STEPS.length,
  offline: STEPS.length,
  stopped: 0,
};

/** How many of the steps lie behind; a step that a newer engine knows counts as the first. */
export const stepAt = (step: string): number => PLACES[step] ?? 0;
