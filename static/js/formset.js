// Rows of a formset. The server says how many there may be; here they are only shown and counted.
//   <div data-rows="goals">…rows…</div>  <template data-row="goals">…__prefix__…</template>
//   <button type="button" data-add-row="goals">  and, inside a row,  <button type="button" data-remove-row>
(() => {
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-row]");
    if (add) {
      event.preventDefault(); // without script the same button asks the server for a row
      const name = add.dataset.addRow;
      const total = document.querySelector(`[name="${name}-TOTAL_FORMS"]`);
      const most = Number(document.querySelector(`[name="${name}-MAX_NUM_FORMS"]`)?.value || 1000);
      const pattern = document.querySelector(`template[data-row="${name}"]`);
      const rows = document.querySelector(`[data-rows="${name}"]`);
      if (!total || !pattern || !rows || Number(total.value) >= most) return;
      const index = Number(total.value);
      const fresh = document.createElement("template");
      fresh.innerHTML = pattern.innerHTML.replaceAll("__prefix__", index).replaceAll("__number__", index + 1);
      const row = fresh.content.firstElementChild;
      rows.append(row);
      window.htmx?.process(row);
      total.value = index + 1;
      row.querySelector("input:not([type=hidden]), textarea, select")?.focus();
    }

    // A removed row stays in the form, ticked as deleted: the numbers of the others must not move.
    const remove = event.target.closest("[data-remove-row]");
    if (remove) {
      const row = remove.closest("[data-rows] > *");
      const tick = row?.querySelector("[name$=-DELETE]");
      if (!tick) return;
      if (tick.type === "checkbox") tick.checked = true;
      else tick.value = "on";
      row.hidden = true;
      row.querySelectorAll("[required]").forEach((field) => { field.required = false; });
      row.closest("[data-rows]").parentElement.querySelector("[data-add-row]")?.focus();
    }
  });
})();
