// The one door of the UI into the engine. Source: the contract in `$lib/generated/contract` (made from Rust).
// The window and the browser each have an implementation; nothing else in the UI knows which one is in use.
// Deliberately absent: any knowledge of what a method means.
import type { DocumentView, ErrorView, EventView, Methods } from "$lib/generated/contract";

export type Method = keyof Methods;
export type Request<M extends Method> = Methods[M]["request"];
export type Response<M extends Method> = Methods[M]["response"];

/** Methods without parameters may be called with none. */
export type Parameters<M extends Method> =
  Record<never, never> extends Request<M> ? [params?: Request<M>] : [params: Request<M>];

/** Where a client is in the numbered events. */
export interface Position {
  epoch: string;
  seq: number;
}

/** Whether events arrive at the moment. */
export type Link = "live" | "reconnecting";

/** What a client hears while it follows. */
export interface Follower {
  /** The next event. */
  onEvent(event: EventView): void;
  /** Events were lost or belong to another run: take a new snapshot. Nothing follows. */
  onGap(): void;
  /** The connection broke or came back. */
  onLink(link: Link): void;
  /** The door refused us (for example `unauthorised`). Nothing follows. */
  onRefused(error: ErrorView): void;
}

export interface Backend {
  /** Calls a method; rejects with an `ErrorView`. */
  call<M extends Method>(method: M, ...params: Parameters<M>): Promise<Response<M>>;
  /** Hands in a document; its bytes never travel through JSON. */
  addDocument(file: Blob, name: string): Promise<DocumentView>;
  /** Large data by handle: previews, pages, sheets of paper. */
  blob(handle: string): Promise<Blob>;
  /** Follows the events after `after` until the returned function is called. */
  events(after: Position, follower: Follower): () => void;
}

/** Whether something that was thrown is an error of the contract. */
export function isErrorView(value: unknown): value is ErrorView {
  if (typeof value !== "object" || value === null) return false;
  const view = value as Record<string, unknown>;
  return typeof view["code"] === "string" && typeof view["message"] === "string";
}

/** An error that this side makes itself; its sentences come from the messages by its code. */
export function localError(code: string, retry: "no" | "later" | "after-remedy" = "later"): ErrorView {
  return { code, message: "", remedy: "", retry };
}

/** Whatever was thrown, as an `ErrorView`. */
export function toErrorView(thrown: unknown): ErrorView {
  if (isErrorView(thrown)) return thrown;
  const error = localError("unexpected", "after-remedy");
  error.message = thrown instanceof Error ? thrown.message : typeof thrown === "string" ? thrown : "";
  return error;
}
