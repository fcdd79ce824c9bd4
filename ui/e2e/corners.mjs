// What happens away from the main job: the first day with an own profile, every way to hand something in, a document of
// several pages, one that is locked, a job that nobody can tell about, an office printer, Bluetooth, a crowd of
// jobs, a program that stops, small windows. Same rules as walk.mjs.
//
//   node ui/e2e/corners.mjs [NAME…]

import { argv } from "node:process";
import { task } from "../../xtask/children.mjs";
import { openApart } from "./apart.mjs";
import { openBrowser } from "./browser.mjs";
import { crowd, openCrowd } from "./crowd.mjs";
import { firstDay } from "./first-day.mjs";
import { hands } from "./hands.mjs";
import { locked } from "./locked.mjs";
import { bluetooth } from "./near.mjs";
import { office } from "./office.mjs";
import { pages } from "./pages.mjs";
import { play } from "./scene.mjs";
import { small } from "./small.mjs";
import { Tally } from "./tally.mjs";
import { uncertain } from "./uncertain.mjs";
import { openWorld } from "./world.mjs";

const CORNERS = [
  { name: "first-day", language: "th", width: 768, theme: "dark", open: () => openApart(), work: firstDay },
  { name: "hands", language: "en", width: 1440, theme: "light", still: false, open: openWorld, work: hands },
  { name: "pages", language: "th", width: 360, theme: "dark", open: openWorld, work: pages },
  { name: "pages-wide", language: "zh-CN", width: 1440, theme: "light", still: false, open: openWorld, work: pages },
  { name: "locked", language: "zh-CN", width: 360, theme: "light", open: openWorld, work: locked },
  { name: "uncertain", language: "zh-CN", width: 360, theme: "dark", open: () => openApart({ speed: 20, lookUp: false }), work: uncertain },
  { name: "office", language: "en", width: 1440, theme: "light", open: () => openApart({ speed: 50, office: true }), work: office },
  { name: "office-narrow", language: "th", width: 360, theme: "dark", open: () => openApart({ speed: 50, office: true }), work: office },
  { name: "near", language: "en", width: 1440, theme: "light", open: openWorld, work: bluetooth },
  { name: "near-narrow", language: "th", width: 360, theme: "dark", open: openWorld, work: bluetooth },
  { name: "crowd", language: "en", width: 360, theme: "light", open: openCrowd, work: crowd },
  { name: "small", language: "th", width: 720, theme: "light", open: openWorld, work: small },
];

await task(async () => {
  const wanted = argv.slice(2);
  const tally = new Tally();
  const browser = await openBrowser();
  try {
    for (const one of CORNERS) if (wanted.length === 0 || wanted.includes(one.name)) await play(browser, tally, one);
  } finally {
    await browser.close();
  }
  return tally.report();
});
