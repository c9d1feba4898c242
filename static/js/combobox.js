// Type-ahead over a plain list of choices: <select data-choices="address of choices" data-field="…">. Without this
// script the list itself is chosen from. The pattern is WAI-ARIA's editable combobox with a listbox.
(() => {
  const WAIT = 150; // ms after the last key
  const [NAME, REST] = [(line) => line.split(" · ")[0], (line) => line.split(" · ").slice(1).join(" · ")];

  const build = (select) => {
    const chosen = () => select.selectedOptions[0];
    const line = () => (select.value ? chosen().textContent : "");
    const input = document.createElement("input");
    const pop = document.createElement("div");
    const facts = document.createElement("div");
    input.id = select.id;
    select.id = `${select.id}_list`;
    input.className = "form-control dr-combo__field";
    if (select.classList.contains("is-invalid")) input.classList.add("is-invalid");
    for (const [name, value] of Object.entries({
      type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: select.options[0]?.textContent || "",
      "aria-autocomplete": "list", "aria-expanded": "false", "aria-haspopup": "listbox",
    })) input.setAttribute(name, value);
    for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
      if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    }
    pop.className = "dr-combo__pop";
    pop.hidden = true;
    facts.className = "form-text";
    const box = document.createElement("div");
    box.className = "dr-combo";
    select.before(box);
    box.append(input, pop, facts, select);
    select.hidden = true;
    select.removeAttribute("required");

    const show = () => {
      input.value = NAME(line());
      facts.textContent = REST(line());
    };
    const options = () => [...pop.querySelectorAll("[role=option]")];
    const active = () => pop.querySelector("[aria-selected=true]");
    const mark = (option) => {
      active()?.setAttribute("aria-selected", "false");
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      if (option) input.setAttribute("aria-activedescendant", option.id);
      else input.removeAttribute("aria-activedescendant");
    };
    const close = () => {
      pop.hidden = true;
      pop.replaceChildren();
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      input.removeAttribute("aria-controls");
    };
    let asked = 0; // only the newest answer counts
    const open = async (words) => {
      asked += 1;
      const turn = asked;
      const query = new URLSearchParams({ field: select.dataset.field, q: words });
      let answer;
      try {
        answer = await fetch(`${select.dataset.choices}?${query}`, { headers: { "HX-Request": "true" } });
      } catch {
        return; // no connection: the browser says so itself with the next act
      }
      if (turn !== asked || !answer.ok || document.activeElement !== input) return;
      pop.innerHTML = await answer.text();
      pop.hidden = false;
      const list = pop.querySelector("[role=listbox]");
      input.setAttribute("aria-expanded", String(Boolean(list)));
      if (list) input.setAttribute("aria-controls", list.id);
      mark(words ? options()[0] : null);
    };
    const tell = () => select.dispatchEvent(new Event("change", { bubbles: true }));
    const take = (option) => {
      const { value, line: text } = option.dataset;
      let known = [...select.options].find((each) => each.value === value);
      if (!known) {
        known = new Option(text, value);
        select.append(known);
      }
      select.value = value;
      input.classList.remove("is-invalid");
      close();
      show();
      tell();
    };

    let timer = 0;
    input.addEventListener("input", (event) => {
      event.stopPropagation(); // half a name is no answer yet
      clearTimeout(timer);
      timer = setTimeout(() => open(input.value.trim()), WAIT);
    });
    input.addEventListener("change", (event) => event.stopPropagation());
    input.addEventListener("click", () => { if (pop.hidden) open(""); });
    input.addEventListener("focus", () => input.select());
    input.addEventListener("blur", () => {
      clearTimeout(timer);
      asked += 1;
      close();
      if (!input.value.trim() && select.value) {
        select.value = "";
        tell();
      }
      show();
    });
    input.addEventListener("keydown", async (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (pop.hidden) await open("");
        const all = options();
        const step = event.key === "ArrowDown" ? 1 : -1;
        const from = all.indexOf(active());
        mark(all[from < 0 ? (step > 0 ? 0 : all.length - 1) : (from + step + all.length) % all.length]);
      } else if (event.key === "Enter") {
        event.preventDefault(); // Enter chooses here; the offer is sent by its button
        if (!pop.hidden && active()) take(active());
      } else if (event.key === "Escape" && !pop.hidden) {
        event.preventDefault();
        close();
        show();
      }
    });
    // The field keeps the focus while somebody presses on an option.
    pop.addEventListener("mousedown", (event) => event.preventDefault());
    pop.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) take(option);
    });
    select.addEventListener("change", show);
    show();
  };

  document.querySelectorAll("select[data-choices]").forEach(build);
})();
