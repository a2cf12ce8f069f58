/* What the pages do beside showing: charts, the theme, news as they come, keys, exports as pictures. Pages work without it. */
(function () {
  "use strict";
  var root = document.documentElement;
  var charts = [];

  function colour(name) { return getComputedStyle(root).getPropertyValue("--" + name).trim(); }
  function tell(words) { var at = document.getElementById("tell"); if (at) at.textContent = words; }
  function go(href) { if (typeof href === "string" && /^\/[^/\\]/.test(href)) window.location.assign(href); }

  /* ---- charts ---- */
  function axis(extra) {
    return Object.assign({
      axisLine: { lineStyle: { color: colour("line") } }, axisTick: { show: false }, splitLine: { lineStyle: { color: colour("line"), opacity: 0.6 } },
      axisLabel: { color: colour("soft"), fontSize: 11, hideOverlap: true }
    }, extra || {});
  }
  /* Along the bottom: the first and the last label stay within the picture. */
  function below(extra) {
    var made = axis(extra);
    made.axisLabel = Object.assign({}, made.axisLabel, { alignMinLabel: "left", alignMaxLabel: "right" });
    return made;
  }
  function base(more) {
    /* Tips are drawn, not written as HTML: nothing of a report is ever markup, and the policy forbids styles in a page. */
    return Object.assign({
      animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("ink") },
      grid: { left: 8, right: 12, top: 14, bottom: 6, containLabel: true },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, backgroundColor: colour("card"), borderColor: colour("line"), borderWidth: 1,
        textStyle: { color: colour("ink"), fontSize: 12 }, axisPointer: { type: "shadow", shadowStyle: { color: colour("soft"), opacity: 0.12 } }
      }
    }, more);
  }
  function plus(value) { return String(Math.round(Math.abs(value) * 10) / 10); }
  function clean(text) { return String(text).replace(/[{}|]/g, " "); }
  function bar(name, data, tone, stack, pale) {
    return { name: name, type: "bar", stack: stack || "one", data: data, barMaxWidth: 26, barMinHeight: 0,
      itemStyle: { color: tone, opacity: pale ? 0.35 : 1 }, emphasis: { disabled: true } };
  }
  /* A sign's area grows with what it counts; on a phone all are smaller. */
  function size(least, more, share) { return (least + more * Math.sqrt(share)) * (window.innerWidth < 640 ? 0.6 : 1); }
  function nice(value) {
    var unit = Math.pow(10, Math.floor(Math.log10(value)));
    return [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].map(function (n) { return n * unit; }).filter(function (n) { return n >= value; })[0] || value;
  }
  function minus(values) { return values.map(function (v) { return v ? -v : 0; }); }
  function lines(of) {
    return function (all) {
      var shown = all.filter(function (one) { return one.value && typeof one.value === "number"; });
      return [clean(all[0].axisValue)].concat(shown.map(function (one) { return one.seriesName + ": " + plus(one.value); })).join("\n") + (of && !shown.length ? "\nnone" : "");
    };
  }

  var draw = {
    days: function (d) {
      return base({
        xAxis: below({ type: "category", data: d.days, splitLine: { show: false } }), yAxis: axis({ type: "value", axisLabel: { color: colour("soft"), fontSize: 11, formatter: plus }, minInterval: 1 }),
        tooltip: Object.assign(base({}).tooltip, { formatter: lines(true) }),
        series: [bar("▲ cooperation", d.cooperation, colour("cooperation-bar")), bar("▼ conflict", minus(d.conflict), colour("conflict-bar"))]
      });
    },
    bars: function (d) {
      return base({
        xAxis: below({ type: "category", data: d.starts, splitLine: { show: false } }), yAxis: axis({ type: "value", minInterval: 1 }),
        tooltip: Object.assign(base({}).tooltip, { formatter: lines(true) }), series: [bar(d.name, d.values, colour("accent"))]
      });
    },
    dyad: function (d) {
      var most = d.most ? nice(d.most * 1.1) : null;
      var marks = d.marks.map(function (m) {
        var at = d.starts.indexOf(m.at), sum = m.side === "conflict" ? -d.conflict[at] : d.cooperation[at];
        return { value: [m.at, sum], href: m.href, name: m.name, symbolRotate: m.side === "conflict" ? 180 : 0 };
      });
      return base({
        grid: { left: 8, right: 12, top: 26, bottom: 40, containLabel: true },
        xAxis: below({ type: "category", data: d.starts, splitLine: { show: false }, axisLine: { onZero: true, lineStyle: { color: colour("soft") } }, axisLabel: { color: colour("soft"), fontSize: 11, hideOverlap: true } }),
        yAxis: axis({ type: "value", min: most === null ? null : -most, max: most, interval: most === null ? null : most / 2, axisLabel: { color: colour("soft"), fontSize: 11, formatter: plus } }),
        tooltip: Object.assign(base({}).tooltip, {
          formatter: function (all) {
            var at = all[0].dataIndex, head = clean(all[0].axisValue);
            all.some(function (one) { if (one.componentSubType === "bar") { at = one.dataIndex; return true; } return false; });
            var names = marks.filter(function (m) { return m.value[0] === all[0].axisValue; }).map(function (m) { return clean(m.name).slice(0, 90); });
            return [head, "▲ cooperation " + d.cooperation[at] + (d.claimed_cooperation[at] ? ", only claimed " + d.claimed_cooperation[at] : ""),
              "▼ conflict " + d.conflict[at] + (d.claimed_conflict[at] ? ", only claimed " + d.claimed_conflict[at] : "")].concat(names).join("\n");
          }
        }),
        dataZoom: [{ type: "slider", height: 14, bottom: 6, borderColor: colour("line"), fillerColor: colour("glow"), handleSize: "90%", textStyle: { color: colour("soft"), fontSize: 10 }, showDataShadow: false, brushSelect: false }],
        series: [
          bar("▲ cooperation", d.cooperation, colour("cooperation-bar"), "up"), bar("cooperation, only claimed", d.claimed_cooperation, colour("cooperation-bar"), "up", true),
          bar("▼ conflict", minus(d.conflict), colour("conflict-bar"), "up"), bar("conflict, only claimed", minus(d.claimed_conflict), colour("conflict-bar"), "up", true),
          { type: "scatter", name: "incidents", data: marks, symbol: "triangle", symbolSize: 9, itemStyle: { color: colour("ink") }, z: 5, cursor: "pointer",
            markLine: { silent: true, symbol: "none", lineStyle: { color: colour("accent"), type: "dashed", width: 1.5 }, label: { color: colour("accent"), fontSize: 11, formatter: "{b}" },
              data: d.changes.map(function (c) { return { xAxis: c.at, name: c.name }; }) } }
        ]
      });
    },
    world: function (d) {
      var most = d.points.reduce(function (m, p) { return Math.max(m, p.origins); }, 1);
      return base({
        tooltip: Object.assign(base({}).tooltip, { trigger: "item", formatter: function (one) { var p = one.data && one.data.told; return p ? clean(p.name) + "\n" + p.incidents + (p.incidents === 1 ? " incident, " : " incidents, ") + p.origins + (p.origins === 1 ? " origin" : " origins") + "\n▼ conflict " + p.conflict + "\n▲ cooperation " + p.cooperation : clean(one.name || ""); } }),
        geo: { map: "world", roam: true, scaleLimit: { min: 1, max: 24 }, left: 4, right: 4, top: 4, bottom: 4, preserveAspect: "contain", boundingCoords: d.box, silent: true, itemStyle: { areaColor: colour("land"), borderColor: colour("coast"), borderWidth: 0.7 } },
        series: [{ type: "scatter", coordinateSystem: "geo", cursor: "pointer", data: d.points.slice().reverse().map(function (p) {
          return { value: p.at, name: p.name, href: p.href, told: p, symbolSize: size(6, 26, p.origins / most), symbol: p.conflict > p.cooperation ? "circle" : p.cooperation ? "diamond" : "rect",
            itemStyle: { color: p.conflict > p.cooperation ? colour("conflict-bar") : p.cooperation ? colour("cooperation-bar") : colour("soft"), opacity: 0.85, borderColor: colour("card"), borderWidth: 1 } };
        }) }]
      });
    },
    network: function (d) {
      var most = d.nodes.reduce(function (m, n) { return Math.max(m, n.weight); }, 1), thick = d.links.reduce(function (m, l) { return Math.max(m, l.incidents); }, 1);
      var phone = window.innerWidth < 640, room = phone ? 74 : 128;  /* for the names, which stand upright there */
      return base({
        tooltip: Object.assign(base({}).tooltip, { trigger: "item", formatter: function (one) { var t = one.data.told; return t ? clean(t.from) + " → " + clean(t.to) + "\n" + t.incidents + (t.incidents === 1 ? " incident" : " incidents") + "\n▼ conflict " + t.conflict + "\n▲ cooperation " + t.cooperation : clean(one.data.label.formatter); } }),
        series: [{
          type: "graph", layout: "circular", circular: { rotateLabel: true }, roam: true, left: "18%", right: "18%", top: room, bottom: room, edgeSymbol: ["none", "arrow"], edgeSymbolSize: 7, cursor: "pointer",
          emphasis: { focus: "adjacency", lineStyle: { opacity: 1 } }, blur: { itemStyle: { opacity: 0.25 }, lineStyle: { opacity: 0.06 } },
          data: d.nodes.map(function (n) { return { id: n.id, name: n.id, href: n.href, symbolSize: size(6, 20, n.weight / most), itemStyle: { color: colour("accent") }, label: { show: true, position: "right", color: colour("ink"), fontSize: phone ? 10 : 11, width: phone ? 62 : 112, overflow: "truncate", formatter: clean(n.name) } }; }),
          links: d.links.map(function (l) {
            var conflict = l.conflict > l.cooperation, back = d.links.some(function (o) { return o.source === l.target && o.target === l.source; });
            return { source: l.source, target: l.target, href: l.href, told: l, lineStyle: { width: 1 + 5 * Math.sqrt(l.incidents / thick), color: conflict ? colour("conflict-bar") : l.cooperation ? colour("cooperation-bar") : colour("soft"), type: conflict ? "solid" : [6, 3], curveness: back && l.source > l.target ? 0.32 : 0.14, opacity: 0.6 } };
          })
        }]
      });
    },
    tension: function (d) {
      var band = d.high.map(function (v, n) { return Math.round((v - d.low[n]) * 100) / 100; });
      return base({
        xAxis: below({ type: "category", data: d.days, splitLine: { show: false }, boundaryGap: false }), yAxis: axis({ type: "value", scale: true }),
        tooltip: Object.assign(base({}).tooltip, {
          axisPointer: { type: "line" }, formatter: function (all) { var n = all[0].dataIndex; return d.days[n] + "\ntension " + d.value[n] + "\nbetween " + d.low[n] + " and " + d.high[n]; }
        }),
        series: [
          { type: "line", data: d.low, stack: "band", symbol: "none", lineStyle: { opacity: 0 }, silent: true },
          { type: "line", data: band, stack: "band", symbol: "none", lineStyle: { opacity: 0 }, areaStyle: { color: colour("accent"), opacity: 0.16 }, silent: true, stackStrategy: "all" },
          { type: "line", data: d.value, symbol: "none", lineStyle: { color: colour("accent"), width: 1.8 } }
        ]
      });
    },
    sides: function (d) {
      var names = d.sides.map(function (s) { return s.name; });
      return base({
        xAxis: below({ type: "time", axisLabel: { color: colour("soft"), fontSize: 11, hideOverlap: true, formatter: "{yyyy}-{MM}-{dd}" } }), yAxis: axis({ type: "category", data: names, axisLabel: { color: colour("ink"), fontSize: 12, width: 170, overflow: "truncate" } }),
        tooltip: Object.assign(base({}).tooltip, { trigger: "item", formatter: function (one) { return clean(one.data.name) + "\n" + one.data.value[0] + (one.data.copy ? "\ncopy" : ""); } }),
        series: d.sides.map(function (s) {
          return { type: "scatter", symbolSize: 11, cursor: "pointer", data: s.points.map(function (p) {
            return { value: [p.day, s.name], name: p.name, href: p.href, copy: p.copy, symbol: s.stance === "denies" ? "diamond" : "circle",
              itemStyle: { color: p.copy ? "transparent" : colour("accent"), borderColor: colour("accent"), borderWidth: 1.5 } };
          }) };
        })
      });
    },
    star: function (d) {
      var most = d.partners.reduce(function (m, p) { return Math.max(m, p.conflict + p.cooperation); }, 0.1);
      var count = d.partners.length;
      var nodes = [{ name: d.centre, x: 0, y: 0, symbolSize: 26, itemStyle: { color: colour("accent") }, label: { show: true, position: "inside", color: colour("card"), formatter: "" } }];
      var links = d.partners.map(function (p, n) {
        var angle = 2 * Math.PI * n / count - Math.PI / 2;
        nodes.push({ name: p.name, x: 100 * Math.cos(angle), y: 78 * Math.sin(angle), symbolSize: 9, href: p.href, itemStyle: { color: colour("soft") },
          label: { show: true, position: Math.cos(angle) < -0.2 ? "left" : Math.cos(angle) > 0.2 ? "right" : Math.sin(angle) < 0 ? "top" : "bottom", color: colour("ink"), fontSize: 11, width: 96, overflow: "truncate" } });
        return { source: d.centre, target: p.name, href: p.href, told: p, lineStyle: { width: 1 + 6 * (p.conflict + p.cooperation) / most, color: p.conflict > p.cooperation ? colour("conflict-bar") : colour("cooperation-bar"), opacity: 0.75, type: p.conflict > p.cooperation ? "solid" : [8, 3] } };
      });
      return base({
        tooltip: Object.assign(base({}).tooltip, { trigger: "item", formatter: function (one) { var t = one.data.told; return t ? clean(t.name) + "\n▼ conflict " + t.conflict + "\n▲ cooperation " + t.cooperation : clean(one.name); } }),
        series: [{ type: "graph", layout: "none", preserveAspect: "contain", left: 104, right: 104, top: 26, bottom: 26, roam: false, data: nodes, links: links, cursor: "pointer", emphasis: { disabled: true } }]
      });
    }
  };

  /* Made for a globe, the shapes run over the 180th meridian: here such a ring is drawn at both edges. Antarctica has no edge. */
  function flat(shapes) {
    function over(ring) { return ring.some(function (p, n) { return n && Math.abs(p[0] - ring[n - 1][0]) > 180; }); }
    function moved(rings, by) {
      return rings.map(function (ring) { return ring.map(function (p) { return [(p[0] < 0 ? p[0] + 360 : p[0]) + by, p[1]]; }); });
    }
    shapes.features = shapes.features.filter(function (one) { return one.id !== "010"; });
    shapes.features.forEach(function (one) {
      var parts = one.geometry.type === "Polygon" ? [one.geometry.coordinates] : one.geometry.coordinates, out = [];
      parts.forEach(function (rings) { if (over(rings[0])) out.push(moved(rings, 0), moved(rings, -360)); else out.push(rings); });
      one.geometry = { type: "MultiPolygon", coordinates: out };
    });
    return shapes;
  }
  /* West north and east south of all places, with room around; all of the world where they lie far apart. */
  function box(points) {
    var x = points.map(function (p) { return p.at[0]; }), y = points.map(function (p) { return p.at[1]; });
    var west = Math.min.apply(null, x), east = Math.max.apply(null, x), south = Math.min.apply(null, y), north = Math.max.apply(null, y);
    if (!points.length || east - west > 200) return [[-170, 78], [180, -56]];
    var room = Math.max(6, (east - west) * 0.08, (north - south) * 0.08);
    return [[Math.max(west - room, -180), Math.min(north + room, 84)], [Math.min(east + room, 180), Math.max(south - room, -60)]];
  }

  function place(node) {
    if (node.hasAttribute("data-drawn")) return;
    var data;
    try { data = JSON.parse(node.getAttribute("data-chart")); } catch (e) { return; }
    if (!draw[data.kind]) return;
    node.setAttribute("data-drawn", "");
    if (data.kind === "world") world(node, data); else begun(node, data);
  }
  /* The shapes of countries are this desk's own file. The map begins where its places are. */
  function world(node, data) {
    if (window.echarts.getMap("world")) { begun(node, data); return; }
    (data.shape ? fetch(data.shape) : Promise.reject(404)).then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer.status); }).then(function (shape) {
      needed("topojson", function () {
        window.echarts.registerMap("world", flat(window.topojson.feature(shape, shape.objects.countries)));
        begun(node, data);
      });
    }).catch(function () { node.textContent = "The map's shapes could not be loaded; the table has its figures."; });
  }
  function begun(node, data) {
    if (!document.body.contains(node)) return;
    if (data.kind === "world") data.box = box(data.points);
    var chart = window.echarts.init(node, null, { renderer: "canvas" });
    chart.setOption(draw[data.kind](data));
    chart.on("click", function (one) {
      if (one.data && one.data.href) go(one.data.href);
      else if (data.hrefs && typeof one.dataIndex === "number") go(data.hrefs[one.dataIndex]);
      else if (data.kind === "days") go(data.link + (data.link.indexOf("?") < 0 ? "?" : "&") + "since=" + data.days[one.dataIndex] + "&until=" + data.days[one.dataIndex]);
    });
    charts.push({ node: node, chart: chart, data: data });
  }
  function drawAll(within) {
    charts = charts.filter(function (one) { if (document.body.contains(one.node)) return true; one.chart.dispose(); return false; });
    if (!document.querySelector("[data-chart]")) return;
    needed("echarts", function () { Array.prototype.forEach.call((within || document).querySelectorAll("[data-chart]"), place); });
  }

  var early = null;
  document.addEventListener("change", function (e) {
    if (!window.htmx && e.target.form && e.target.form.matches("[data-filters][hx-get]")) early = e.target.form;
  });

  /* ---- what is loaded when the page is painted: the words are read while it comes ---- */
  var loading = {};
  function needed(name, then) {
    var src = root.getAttribute("data-" + name), known = loading[name];
    if (!src) return;
    if (known) { if (known.there) then(); else known.wait.push(then); return; }
    known = loading[name] = { there: false, wait: [then] };
    var script = document.createElement("script");
    script.src = src;
    script.onload = function () { known.there = true; known.wait.splice(0).forEach(function (one) { one(); }); };
    document.head.appendChild(script);
  }
  function painted(then) {
    var told = false, kinds = (window.PerformanceObserver && window.PerformanceObserver.supportedEntryTypes) || [];
    function once() { if (!told) { told = true; then(); } }
    /* In a tab that is not looked at, nothing is painted. */
    if (document.hidden || kinds.indexOf("paint") < 0) { setTimeout(once, 0); return; }
    new PerformanceObserver(function (seen, watch) {
      if (seen.getEntriesByName("first-contentful-paint").length) { watch.disconnect(); once(); }
    }).observe({ type: "paint", buffered: true });
    setTimeout(once, 1000);
  }
  function redraw() { charts.forEach(function (one) { one.chart.setOption(draw[one.data.kind](one.data), true); }); }
  var wait = 0;
  window.addEventListener("resize", function () { clearTimeout(wait); wait = setTimeout(function () { charts.forEach(function (one) { one.chart.resize(); }); }, 120); });

  /* ---- pictures: of a chart that is not there yet, once it is ---- */
  function picture(button, tries) {
    var found = charts.filter(function (one) { return one.node.id === button.getAttribute("data-png"); })[0];
    if (!found) { if ((tries || 0) < 100) setTimeout(function () { picture(button, (tries || 0) + 1); }, 100); return; }
    var link = document.createElement("a");
    link.href = found.chart.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: colour("paper"), excludeComponents: ["dataZoom"] });
    link.download = (document.title.split(" · ")[0] + " " + button.getAttribute("data-name")).replace(/[^\w.-]+/g, "-").toLowerCase() + ".png";
    link.click();
  }

  /* ---- theme ---- */
  function dark() {
    var set = root.getAttribute("data-theme");
    return set ? set === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  }
  function label(button) { button.textContent = dark() ? "Light" : "Dark"; button.setAttribute("aria-label", "Switch to " + (dark() ? "light" : "dark")); }
  function switchTheme(button) {
    var next = dark() ? "light" : "dark";
    root.setAttribute("data-theme", next);
    try { window.localStorage.setItem("communique-theme", next); } catch (e) { /* kept for this page alone */ }
    label(button);
    redraw();
  }

  /* ---- news as they come ---- */
  function listen(node) {
    if (!window.EventSource) return;
    var said = node.querySelector("[data-live]"), button = node.querySelector("[data-news]"), count = 0, source;
    function open() {
      source = new EventSource(node.getAttribute("data-stream"));
      source.onopen = function () { said.textContent = "live"; };
      source.onerror = function () { said.textContent = source.readyState === 2 ? "not live: load the page again" : "not live, connecting"; };
      source.addEventListener("incident", function () { count += 1; shown(); });
      source.addEventListener("reset", function () { count += 1; shown(); });
    }
    function shown() {
      button.hidden = false;
      button.textContent = count === 1 ? "1 new incident: show" : count + " new incidents: show";
      if (count === 1 || count % 10 === 0) tell(button.textContent);
    }
    button.addEventListener("click", function () {
      var target = node.getAttribute("data-reload");
      count = 0; button.hidden = true;
      if (window.htmx) window.htmx.ajax("GET", window.location.pathname + window.location.search, { target: target, select: target, swap: "outerHTML" });
      else window.location.reload();
    });
    open();
    window.addEventListener("pagehide", function () { source.close(); });
    window.addEventListener("pageshow", function (e) { if (e.persisted) open(); });
  }

  /* ---- keys ---- */
  function typing(at) { return at && (at.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName)); }
  function step(by) {
    var rows = Array.prototype.slice.call(document.querySelectorAll("[data-row]")).filter(function (r) { return r.offsetParent !== null; });
    if (!rows.length) return;
    var now = rows.findIndex(function (r) { return r.contains(document.activeElement); });
    var next = rows[Math.min(Math.max(now < 0 ? (by > 0 ? 0 : rows.length - 1) : now + by, 0), rows.length - 1)];
    var link = next.querySelector("[data-open]") || next.querySelector("a");
    if (link) { link.focus({ preventScroll: true }); next.scrollIntoView({ block: "nearest" }); }
  }
  document.addEventListener("keydown", function (e) {
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return;
    if (e.key === "/") { var find = document.querySelector("[data-find]"); if (find) { e.preventDefault(); find.focus(); } }
    else if (e.key === "j") step(1);
    else if (e.key === "k") step(-1);
  });

  /* ---- forms: what is empty is no part of an address ---- */
  document.addEventListener("submit", function (e) {
    if (!e.target.matches || !e.target.matches("[data-filters]") || (window.htmx && e.target.hasAttribute("hx-get"))) return;
    Array.prototype.forEach.call(e.target.elements, function (one) { if (one.name && !one.value.trim()) one.disabled = true; });
  });
  window.addEventListener("pageshow", function () {
    Array.prototype.forEach.call(document.querySelectorAll("[data-filters] :disabled"), function (one) { one.disabled = false; });
  });
  document.addEventListener("htmx:configRequest", function (e) {
    var sent = e.detail.formData || null;
    if (sent) Array.from(sent.keys()).forEach(function (name) { if (!String(sent.get(name)).trim()) sent.delete(name); });
    else Object.keys(e.detail.parameters).forEach(function (name) { if (!e.detail.parameters[name]) delete e.detail.parameters[name]; });
  });
  document.addEventListener("htmx:afterSwap", function () { drawAll(document); });
  document.addEventListener("htmx:afterSettle", function (e) {
    var head = e.detail.target && document.querySelector("#found h2");
    if (head && e.detail.target.id === "found") tell(head.textContent);
  });
  /* What is refused comes as a problem (docs/api.md): its words are shown above the list, which stays. */
  document.addEventListener("htmx:responseError", function (e) {
    var said = "The desk answered " + e.detail.xhr.status + ": try again";
    if (e.detail.xhr.status === 401) { window.location.reload(); return; }
    try { said = JSON.parse(e.detail.xhr.responseText).detail || said; } catch (error) { /* no problem of ours */ }
    var old = document.getElementById("refused"), form = document.querySelector("[data-filters]");
    if (old) old.remove();
    if (!form) return;
    var note = document.createElement("p");
    note.id = "refused"; note.className = "notice"; note.setAttribute("role", "alert");
    note.textContent = said;
    form.after(note);
  });
  document.addEventListener("htmx:sendError", function () { tell("The desk does not answer."); });
  document.addEventListener("htmx:beforeRequest", function () { var old = document.getElementById("refused"); if (old) old.remove(); });

  document.addEventListener("click", function (e) {
    var png = e.target.closest && e.target.closest("[data-png]");
    if (png) picture(png);
  });
  /* ---- a report: what is put in, the words of a missing event, who says so ---- */
  document.addEventListener("change", function (e) {
    var at = e.target;
    if (at.matches && at.matches("[data-field]")) {
      var input = at.form && at.form.elements.value, list = document.getElementById("l-" + at.value);
      if (!input) return;
      if (list) input.setAttribute("list", list.id); else input.removeAttribute("list");
    }
    if (at.matches && at.matches("[data-kept]")) {
      try { window.localStorage.setItem("communique-" + at.getAttribute("data-kept"), at.value); } catch (error) { /* asked again */ }
    }
  });
  document.addEventListener("selectionchange", function () {
    var form = document.querySelector("[data-missing]"), chosen = window.getSelection();
    if (!form || !chosen || chosen.isCollapsed || chosen.rangeCount !== 1) return;
    var range = chosen.getRangeAt(0), of = range.startContainer.parentElement && range.startContainer.parentElement.closest(".prose");
    var words = range.toString();
    if (!of || !of.contains(range.endContainer) || !words.trim() || Array.from(words).length > 200) return;
    var before = document.createRange(), at = 0;
    before.setStart(of, 0); before.setEnd(range.startContainer, range.startOffset);
    Array.prototype.some.call(document.querySelectorAll(".prose"), function (one) {
      if (one === of) return true;
      at += Array.from(one.textContent).length + Number(one.getAttribute("data-gap"));
      return false;
    });
    form.elements.words.value = words;
    form.elements.at.value = String(at + Array.from(before.toString()).length);
  });
  document.addEventListener("input", function (e) {
    var form = e.target.form;
    if (form && form.matches("[data-missing]") && e.target.name === "words") form.elements.at.value = "";
  });

  function begin() {
    Array.prototype.forEach.call(document.querySelectorAll("[data-kept]"), function (one) {
      try { if (!one.value || one.type === "hidden") one.value = window.localStorage.getItem("communique-" + one.getAttribute("data-kept")) || one.value; } catch (e) { /* asked */ }
    });
    var button = document.querySelector("[data-theme-switch]");
    if (button) {
      button.hidden = false;
      label(button);
      button.addEventListener("click", function () { switchTheme(button); });
      window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { label(button); redraw(); });
    }
    var narrow = window.matchMedia("(max-width: 40rem)").matches;
    Array.prototype.forEach.call(document.querySelectorAll("[data-fold]"), function (one) { if (narrow) one.open = false; });
    var nav = document.querySelector(".top nav"), here = nav && nav.querySelector("[aria-current]");
    if (here && nav.scrollWidth > nav.clientWidth) nav.scrollLeft = here.offsetLeft - nav.clientWidth / 3;
  }
  function late() {
    /* htmx looks at a page that is complete when it comes. */
    if (document.querySelector("[hx-get]")) needed("htmx", function () {
      /* What was chosen in a form meanwhile. */
      if (early && document.body.contains(early)) window.htmx.trigger(early, "change");
    });
    drawAll(document);
    Array.prototype.forEach.call(document.querySelectorAll("[data-stream]"), listen);
  }
  function whole() { painted(late); }
  if (document.readyState === "complete") whole(); else window.addEventListener("load", whole);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin); else begin();
})();
