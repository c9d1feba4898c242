// The frame: account menu, “/” for the search, buttons that close or copy.
(() => {
  const menus = () => document.querySelectorAll("details[data-menu][open]");

  document.addEventListener("click", (event) => {
    menus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    event.target.closest("[data-close]")?.closest("dialog")?.close();
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const text = source ? source.value ?? source.textContent : button.dataset.copy;
    const done = button.querySelector("[data-copied]");
    try {
      await navigator.clipboard.writeText(text.trim());
      if (done) done.hidden = false;
    } catch {
      source?.select?.(); // no permission: select it, the person copies
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      menus().forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
    const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const find = document.getElementById("find");
    if (find?.offsetParent) {
      event.preventDefault();
      find.focus();
    }
  });

  // What scrolls sideways must be reachable by keyboard in every browser.
  const reach = () => document.querySelectorAll(".dr-scroll, .dr-panel, .dr-table, .dr-tabs").forEach((box) => {
    const isScroller = box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX === "auto";
    if (isScroller && !box.querySelector("a, button, input, [tabindex]") && !box.hasAttribute("tabindex")) box.tabIndex = 0;
  });
  addEventListener("load", reach);
  addEventListener("resize", reach);

  // A passkey that was cancelled or refused: say so where the button is.
  document.addEventListener("allauth.error", (event) => {
    const note = document.querySelector("[data-passkey-failed]");
    if (!note) return;
    event.preventDefault();
    note.hidden = false;
  });
})();
