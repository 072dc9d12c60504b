// Before all other scripts: what a browser may refuse, and what only a browser knows.
(function (root) {
  // Where site data are blocked or full, memory stands in for them, so that no script stops at its first look there.
  ["localStorage", "sessionStorage"].forEach(function (name) {
    var real = null, memory = new Map();
    try { real = window[name]; } catch (blocked) {}
    function ask(question, otherwise) {
      try { return real ? question() : otherwise; } catch (refused) { return otherwise; }
    }
    var store = {
      getItem: function (key) {
        key = String(key);
        return memory.has(key) ? memory.get(key) : ask(function () { return real.getItem(key); }, null);
      },
      setItem: function (key, value) {
        key = String(key);
        memory.set(key, String(value));
        ask(function () { real.setItem(key, value); memory.delete(key); });
      },
      removeItem: function (key) {
        memory.delete(String(key));
        ask(function () { real.removeItem(key); });
      },
      clear: function () {
        memory.clear();
        ask(function () { real.clear(); });
      },
      key: function (index) { return ask(function () { return real.key(index); }, null); },
      get length() { return ask(function () { return real.length; }, 0); },
      get kept() { return memory.size === 0; } // whether all that was written will be there the next time
    };
    try { Object.defineProperty(window, name, { value: store, configurable: true }); } catch (fixed) {}
  });

  // A script that a bad moment of the network has kept away is asked for again; what stays away is said on the page.
  var PAUSES = [400, 1500, 4000]; // ms
  addEventListener("error", function (event) {
    var script = event.target, tries = 0;
    if (!script || script.tagName !== "SCRIPT" || !script.src || "own" in script.dataset) return;
    tries = Number(script.dataset.tries || 0);
    if (tries === PAUSES.length) {
      root.dataset.failed = "";
      return;
    }
    setTimeout(function () {
      var again = document.createElement("script");
      Array.from(script.attributes).forEach(function (one) { again.setAttribute(one.name, one.value); });
      again.dataset.tries = tries + 1;
      again.async = false;
      script.replaceWith(again);
    }, PAUSES[tries]);
  }, true);

  // Paper is white.
  var theme;
  addEventListener("beforeprint", function () { theme = root.dataset.theme; root.dataset.theme = "light"; });
  addEventListener("afterprint", function () { root.dataset.theme = theme; });
})(document.documentElement);
