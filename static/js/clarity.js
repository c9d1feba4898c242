// Underlines what the clarity check found in a text, in place, and takes a rewrite at one click.
// The check's answer stands in <div class="dr-clarity" data-clarity-for="field id"> (engagements/_clarity.html).
(() => {
  const marks = new WeakMap(); // textarea → { text, spans: [[start, end], …] } in code points

  // A copy of the text lies under the field, line for line; only its marks can be seen.
  const under = (field) => {
    if (field.parentElement.classList.contains("dr-marked")) return field.parentElement.firstElementChild;
    const hadFocus = document.activeElement === field;
    const place = [field.selectionStart, field.selectionEnd];
    const box = document.createElement("div");
    const copy = document.createElement("div");
    box.className = "dr-marked";
    copy.className = "dr-marked__under";
    copy.setAttribute("aria-hidden", "true");
    field.replaceWith(box);
    box.append(copy, field);
    if (hadFocus) {
      field.focus();
      field.setSelectionRange(...place);
    }
    field.addEventListener("scroll", () => { copy.scrollTop = field.scrollTop; });
    field.addEventListener("input", () => shift(field));
    return copy;
  };

  const draw = (field) => {
    const { text, spans } = marks.get(field);
    const copy = under(field);
    let from = 0;
    copy.replaceChildren();
    for (const [start, end] of spans) {
      const mark = document.createElement("mark");
      mark.textContent = text.slice(start, end).join("");
      copy.append(text.slice(from, start).join(""), mark);
      from = end;
    }
    copy.append(`${text.slice(from).join("")}\n`);
    copy.scrollTop = field.scrollTop;
  };

  // Until the next answer comes: marks before the change stay, those behind it move, those in it go.
  const shift = (field) => {
    const known = marks.get(field);
    if (!known) return;
    const text = Array.from(field.value);
    const most = Math.min(text.length, known.text.length);
    let head = 0;
    while (head < most && text[head] === known.text[head]) head += 1;
    let tail = 0;
    while (tail < most - head && text[text.length - 1 - tail] === known.text[known.text.length - 1 - tail]) tail += 1;
    const by = text.length - known.text.length;
    const spans = known.spans.flatMap(([start, end]) => {
      if (end <= head) return [[start, end]];
      return start >= known.text.length - tail ? [[start + by, end + by]] : [];
    });
    marks.set(field, { text, spans });
    draw(field);
  };

  const stands = (line, text) => text.slice(Number(line.dataset.start), Number(line.dataset.end)).join("") === line.dataset.text;

  document.addEventListener("htmx:afterSwap", (event) => {
    const spot = event.target.closest?.("[data-clarity-for]");
    const field = spot && document.getElementById(spot.dataset.clarityFor);
    if (!field || field.tagName !== "TEXTAREA") return;
    const text = Array.from(field.value);
    const lines = [...spot.querySelectorAll("li[data-start]")].filter((line) => stands(line, text));
    marks.set(field, { text, spans: lines.map((line) => [Number(line.dataset.start), Number(line.dataset.end)]) });
    draw(field);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-rewrite]");
    const spot = button?.closest("[data-clarity-for]");
    const field = spot && document.getElementById(spot.dataset.clarityFor);
    const line = button?.closest("li");
    const text = field && Array.from(field.value);
    if (!field || !stands(line, text)) return;
    const start = text.slice(0, Number(line.dataset.start)).join("").length;
    field.focus();
    field.setRangeText(button.dataset.rewrite, start, start + line.dataset.text.length, "end");
    // What the rewrite could not know is the next thing to type.
    const gap = button.dataset.rewrite.indexOf("…");
    if (gap >= 0) field.setSelectionRange(start + gap, start + gap + 1);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
