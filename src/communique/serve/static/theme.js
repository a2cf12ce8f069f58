/* Before anything is painted: light or dark as this browser was told, else as the system has it. */
(function () {
  "use strict";
  var kept = null;
  try { kept = window.localStorage.getItem("communique-theme"); } catch (e) { kept = null; }
  if (kept === "light" || kept === "dark") document.documentElement.setAttribute("data-theme", kept);
})();
