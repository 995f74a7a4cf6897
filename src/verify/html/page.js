
"use strict";
// Two texts of a hunt side by side. Without this, each is in a list that can be opened; nothing else of the page depends on it.
(() => {
  const all = (root, selector) => Array.from(root.querySelectorAll(selector));

  const pane = (texts, label, chosen) => {
    const box = document.createElement("div");
    const select = document.createElement("select");
    const shown = document.createElement("div");
    select.setAttribute("aria-label", label);
    const groups = new Map();
    texts.forEach((text, at) => {
      const name = text.dataset.group;
      if (!groups.has(name)) {
        const group = document.createElement("optgroup");
        group.label = name;
        groups.set(name, group);
        select.append(group);
      }
      const option = document.createElement("option");
      option.value = String(at);
      option.textContent = text.dataset.name;
      groups.get(name).append(option);
    });
    const show = () => {
      const body = texts[Number(select.value)].lastElementChild;
      shown.replaceChildren(body.cloneNode(true));
    };
    select.addEventListener("change", show);
    select.value = String(chosen);
    show();
    box.append(select, shown);
    return box;
  };

  for (const box of all(document, "[data-texts]")) {
    const texts = all(box, "details");
    // The first target that has a text, beside the hunt itself.
    const first = texts.findIndex((text) => text.dataset.group !== texts[0].dataset.group && text.querySelector("pre"));
    const panes = document.createElement("div");
    panes.className = "panes";
    const hunt = box.dataset.texts;
    panes.append(pane(texts, `Left text of ${hunt}`, 0), pane(texts, `Right text of ${hunt}`, Math.max(first, 0)));
    box.prepend(panes);
  }

  // Paper cannot be opened.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all(document, "details:not([open])").filter((details) => !details.closest(".list"));
    closed.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => {
    closed.forEach((details) => { details.open = false; });
  });

  document.documentElement.dataset.script = "on";
})();
