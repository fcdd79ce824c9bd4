// Where the UI begins.
import "$brand/theme.css";
import "./app.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { look } from "$lib/look.svelte";

look.begin();
// A file that is dropped beside a target must not replace the program; text may be moved within a field.
for (const kind of ["dragover", "drop"] as const) {
  addEventListener(kind, (event) => {
    const field = event.target instanceof Element && event.target.closest("input, textarea");
    if (!field || event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
}

const target = document.getElementById("app");
if (!target) throw new Error("the page has no place for the program");
mount(App, { target });

