// Offers the device's time zone where none was chosen. Nothing is sent before the visitor presses the button and saves.
(function () {
  var hint = document.getElementById("zone-hint"), select = document.getElementById("zone"), zone;
  if (!hint || !select) return;
  try { zone = Intl.DateTimeFormat().resolvedOptions().timeZone; } catch (e) { return; }
  if (!zone || zone === select.value) return;
  var known = Array.prototype.some.call(select.options, function (one) { return one.value === zone; });
  if (!known) return;
  hint.querySelector("bdi").textContent = zone;
  hint.querySelector("button").addEventListener("click", function () {
    select.value = zone;
    hint.hidden = true;
    select.focus();
  });
  hint.hidden = false;
})();
