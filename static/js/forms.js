// Forms: one click is one act, and an expired session loses nothing that was typed.
(() => {
  const box = document.getElementById("signed-out"); // only where somebody is signed in
  const busy = new WeakMap(); // form → "asking" | "going" | "sent"
  let again = null; // what to do once the person is signed in again

  // A sign-in in another tab changes the token that forms must carry.
  const carry = (token) => {
    const meta = document.querySelector("meta[name=csrf-token]");
    if (meta) meta.content = token;
    document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((field) => { field.value = token; });
  };

  // Whether this page's person is still signed in. A failed connection is for the browser to tell.
  const stands = async () => {
    try {
      const answer = await fetch(box.dataset.session, { headers: { "HX-Request": "true" }, cache: "no-store" });
      if (answer.status === 401) return false;
      if (!answer.ok) return true;
      const now = await answer.json();
      if (now.person !== undefined && String(now.person) !== box.dataset.person) return false;
      carry(now.csrf);
      return true;
    } catch {
      return true;
    }
  };

  const ask = (then) => {
    again = then;
    box.querySelector("[data-still]").hidden = true;
    if (!box.open) box.showModal();
  };

  const mark = (form, on) => {
    form.querySelectorAll("button:not([type=button]), input[type=submit]").forEach((button) => {
      button.classList.toggle("is-busy", on);
      if (on) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    });
  };
  const free = (form) => {
    busy.delete(form);
    mark(form, false);
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const method = event.submitter?.getAttribute("formmethod") || form.getAttribute("method") || "get";
    if (event.defaultPrevented || method.toLowerCase() !== "post" || form.hasAttribute("hx-post")) return;
    if (busy.get(form) === "going" || (!box && !busy.has(form))) {
      busy.set(form, "sent");
      mark(form, true);
      setTimeout(() => free(form), 10000); // an answer that is a download leaves the page standing
      return;
    }
    event.preventDefault();
    if (busy.has(form)) return;
    busy.set(form, "asking");
    const go = () => {
      busy.set(form, "going");
      form.requestSubmit(event.submitter?.isConnected ? event.submitter : undefined);
      if (busy.get(form) === "going") busy.delete(form); // the browser found a field that isn't right
    };
    if (await stands()) return go();
    busy.delete(form);
    ask(go);
  });

  // One box for all boxes of a name in its form that can be ticked.
  document.addEventListener("change", (event) => {
    const name = event.target.dataset?.tickAll;
    if (!name) return;
    event.target.form.querySelectorAll(`input[name="${name}"]:not(:disabled)`).forEach((box) => {
      box.checked = event.target.checked;
    });
  });

  // A file that is looked at as soon as it is chosen.
  document.addEventListener("change", (event) => {
    const form = event.target.type === "file" && event.target.form;
    if (form && "sendOnChoice" in form.dataset && event.target.files.length) form.requestSubmit();
  });

  // Coming back with the browser's back button: every form may be used again.
  addEventListener("pageshow", () => document.querySelectorAll("form").forEach(free));

  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]")?.content || "";
  });
  // What only reads along as one types (data-quiet) holds no form.
  const formOf = (event) => (event.detail.elt.hasAttribute("data-quiet") ? null : event.detail.elt.closest("form"));
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = formOf(event);
    if (!form || event.detail.requestConfig.verb !== "post") return;
    if (busy.has(form)) event.preventDefault();
    else {
      busy.set(form, "sent");
      mark(form, true);
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = formOf(event);
    if (form) free(form);
    if (event.detail.xhr?.status !== 401 || !box) return;
    const { elt, requestConfig } = event.detail;
    ask(() => window.htmx.trigger(elt, requestConfig.triggeringEvent?.type || "submit"));
  });

  box?.querySelector("[data-again]").addEventListener("click", async () => {
    if (await stands()) {
      box.close();
      again?.();
      again = null;
    } else {
      box.querySelector("[data-still]").hidden = false;
    }
  });
})();
