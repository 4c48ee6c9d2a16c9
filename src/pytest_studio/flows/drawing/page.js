"use strict";
/* Zoom, pan, search and the choosing of paths. The page says all of it without this script, too. */
(() => {
  const canvas = document.querySelector(".canvas");
  const svg = canvas.querySelector("svg");
  const said = document.querySelector(".said");
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const whole = svg.viewBox.baseVal;
  const frame = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  const view = { ...frame };
  const widgets = new Map(all(".widget", svg).map((shape) => [shape.dataset.state, shape]));

  /* -- what of the drawing is seen: view, in the drawing's pixels; zoom is pixels of the screen for each of them -- */
  const size = () => ({ width: canvas.clientWidth || 1, height: canvas.clientHeight || 1 });
  const zoom = () => size().width / view.width;
  const show = () => {
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
    svg.classList.toggle("far", zoom() < 0.3);
  };
  const look = (x, y, wanted) => {
    const { width, height } = size();
    const fitting = Math.min(width / frame.width, height / frame.height);
    const scale = Math.min(Math.max(wanted, Math.min(fitting, 1) * 0.8), 3);
    view.width = width / scale;
    view.height = height / scale;
    view.x = x - view.width / 2;
    view.y = y - view.height / 2;
    show();
  };
  const middle = () => [view.x + view.width / 2, view.y + view.height / 2];
  const nearer = (factor) => look(...middle(), zoom() * factor);
  const fit = (box = frame, most = 1) => {
    const { width, height } = size();
    look(box.x + box.width / 2, box.y + box.height / 2, Math.min(width / box.width, height / box.height, most));
  };
  const pan = (x, y) => { view.x += x * view.width; view.y += y * view.height; show(); };
  const around = (shapes) => {
    const boxes = shapes.map((shape) => shape.querySelector(".box").getBBox());
    const x = Math.min(...boxes.map((box) => box.x)), y = Math.min(...boxes.map((box) => box.y));
    return {
      x: x - 40, y: y - 40,
      width: Math.max(...boxes.map((box) => box.x + box.width)) - x + 80,
      height: Math.max(...boxes.map((box) => box.y + box.height)) - y + 80,
    };
  };
  const begin = () => {
    const { width, height } = size();
    const fitting = Math.min(width / frame.width, height / frame.height);
    const first = svg.querySelector(".widget.first");
    if (fitting >= 0.6 || !first) return fit();
    const box = first.querySelector(".box").getBBox();
    const scale = width < 600 ? 0.7 : 0.8;
    look(box.x + box.width / 2, box.y - 40 + height / scale / 2, scale);
  };

  const tools = {
    in: () => nearer(1.3), out: () => nearer(1 / 1.3), fit: () => fit(), begin,
    clear: () => { choose(null); found(""); search.value = ""; },
  };
  all("[data-tool]").forEach((button) => button.addEventListener("click", () => tools[button.dataset.tool]()));
  canvas.addEventListener("keydown", (event) => {
    const keys = {
      "+": tools.in, "=": tools.in, "-": tools.out, "0": tools.fit, Home: begin, Escape: tools.clear,
      ArrowLeft: () => pan(-0.15, 0), ArrowRight: () => pan(0.15, 0),
      ArrowUp: () => pan(0, -0.15), ArrowDown: () => pan(0, 0.15),
    };
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  let held = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    held = { x: event.clientX, y: event.clientY };
    canvas.setPointerCapture(event.pointerId);
    canvas.classList.add("held");
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) return;
    view.x -= (event.clientX - held.x) / zoom();
    view.y -= (event.clientY - held.y) / zoom();
    held = { x: event.clientX, y: event.clientY };
    show();
  });
  const drop = () => { held = null; canvas.classList.remove("held"); };
  canvas.addEventListener("pointerup", drop);
  canvas.addEventListener("pointercancel", drop);
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) return;  // a page is scrolled by what is left
    event.preventDefault();
    nearer(event.deltaY < 0 ? 1.12 : 1 / 1.12);
  }, { passive: false });
  window.addEventListener("resize", () => look(...middle(), zoom() || 1));
  window.addEventListener("beforeprint", () => svg.setAttribute("viewBox", Object.values(frame).join(" ")));
  window.addEventListener("afterprint", show);

  /* -- a widget of the lists is shown in the middle; arrow keys go through a list, which is one stop of Tab -- */
  const go = (place) => {
    const shape = widgets.get(place);
    if (!shape) return;
    all(".here", svg).forEach((other) => other.classList.remove("here"));
    shape.classList.add("here");
    const box = shape.querySelector(".box").getBBox();
    look(box.x + box.width / 2, box.y + box.height / 2, Math.max(zoom(), 0.8));
    said.textContent = `Shown: ${shape.querySelector("title").textContent}`;
  };
  const narrow = window.matchMedia("(max-width: 60rem)");  // then the lists stand below the drawing
  const seen = () => { if (narrow.matches) canvas.scrollIntoView({ block: "center" }); };
  all("[data-go]").forEach((button) => button.addEventListener("click", () => { go(button.dataset.go); seen(); }));
  all("[data-list]").forEach((list) => {
    const stops = () => all("button", list).filter((button) => button.offsetParent !== null);
    stops().forEach((button, index) => { button.tabIndex = index ? -1 : 0; });
    list.addEventListener("keydown", (event) => {
      const buttons = stops(), at = buttons.indexOf(document.activeElement);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
      if (at < 0 || to === undefined) return;
      event.preventDefault();
      const next = buttons[Math.min(Math.max(to, 0), buttons.length - 1)];
      all("button", list).forEach((button) => { button.tabIndex = button === next ? 0 : -1; });
      next.focus();
    });
  });

  /* -- paths -- */
  const choose = (button) => {
    const other = button && button.getAttribute("aria-pressed") !== "true" ? button : null;
    all(".way").forEach((way) => way.setAttribute("aria-pressed", String(way === other)));
    all(".picked, .here", svg).forEach((shape) => shape.classList.remove("picked", "here"));
    svg.classList.toggle("choosing", Boolean(other));
    if (!other) { said.textContent = ""; return; }
    const steps = other.dataset.steps.split(" ");
    const picked = new Set(steps.map((step) => widgets.get(step.split(".")[0])));
    picked.forEach((shape) => shape.classList.add("picked"));
    const ways = new Set(steps);
    all("[data-way]", svg).forEach((shape) => shape.classList.toggle("picked", ways.has(shape.dataset.way)));
    fit(around([...picked]));
    said.textContent = `Shown: path ${other.dataset.number}, ${other.dataset.runs}`;
    seen();
  };
  all(".way").forEach((button) => button.addEventListener("click", () => choose(button)));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") tools.clear(); });

  /* -- search -- */
  const search = document.querySelector("[type=search]");
  const rows = all("[data-name]");
  const found = (text) => {
    const wanted = text.trim().toLowerCase();
    const hits = [];
    rows.forEach((row) => {
      const hit = row.dataset.name.toLowerCase().includes(wanted);
      row.hidden = !hit;
      const shape = widgets.get(row.dataset.row);
      if (shape) shape.classList.toggle("found", Boolean(wanted) && hit);
      if (hit) hits.push(row.dataset.row);
    });
    said.textContent = wanted ? `${hits.length} of ${rows.length} widgets have "${text.trim()}" in their name or type` : "";
    const buttons = rows.filter((row) => !row.hidden).map((row) => row.querySelector("button"));
    buttons.forEach((button, index) => { button.tabIndex = index ? -1 : 0; });
    return hits;
  };
  search.addEventListener("input", () => found(search.value));
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const hits = found(search.value);
    if (hits.length) go(hits[0]);
  });

  document.body.classList.add("alive");
  begin();
})();
