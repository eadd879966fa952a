// Two things that a page cannot do without it, inside the frame of the Airflow UI.
"use strict";
(() => {
  const outer = window.parent;
  if (outer === window) return;
  // The UI's own choice of light or dark, which a frame is not told.
  const follow = () => {
    const chosen = outer.document.documentElement;
    document.documentElement.dataset.mode = chosen.classList.contains("dark") ? "dark" : "light";
  };
  follow();
  new MutationObserver(follow).observe(outer.document.documentElement, { attributeFilter: ["class"] });
  // The frame may not leave itself: a link into Airflow is followed by the UI around it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[data-airflow]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const twin = outer.document.createElement("a");
    twin.href = link.href;
    twin.click();
  });
})();
