"use strict";
// Draws every map of words on the page. Text reaches the document by textContent only.
for (const figure of document.querySelectorAll("figure.map")) {
  const data = JSON.parse(figure.querySelector("script").textContent);
  const canvas = figure.querySelector("canvas"), tip = figure.querySelector(".tip");
  const field = figure.querySelector("input"), context = canvas.getContext("2d");
  const n = data.words.length, reach = 22, mostZoom = 60;
  let zoom = 1, left = 0, top = 0, hovered = -1, found = [], dragged = null, colors = {};

  const readColors = () => {
    const style = getComputedStyle(document.documentElement);
    const color = (name) => style.getPropertyValue("--" + name).trim();
    colors = { ink: color("ink"), card: color("card"), steps: [0, 1, 2, 3, 4, 5, 6, 7].map((i) => color(data.palette + "-" + i)) };
  };
  const size = () => [canvas.clientWidth, canvas.clientHeight];
  const place = (i) => {
    const [width, height] = size(), margin = 28;
    return [
      width / 2 + (data.x[i] * (width / 2 - margin) - left) * zoom,
      height / 2 + (-data.y[i] * (height / 2 - margin) - top) * zoom,
    ];
  };
  const radius = (i) => (2 + 4 * data.weight[i]) * Math.min(1.6, Math.sqrt(zoom));

  const draw = () => {
    const [width, height] = size(), ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const chosen = new Set(found), taken = [];
    const seen = [];
    for (let i = n - 1; i >= 0; i--) {
      const [x, y] = place(i);
      if (x < -40 || y < -20 || x > width + 40 || y > height + 20) continue;
      seen.unshift([i, x, y]);
      context.globalAlpha = found.length && !chosen.has(i) ? 0.2 : 0.85;
      context.fillStyle = colors.steps[data.color[i]];
      context.beginPath();
      context.arc(x, y, radius(i) + (i === hovered ? 2 : 0), 0, 2 * Math.PI);
      context.fill();
    }
    const rank = (i) => (i === hovered ? 0 : chosen.has(i) ? 1 : 2);
    seen.sort((a, b) => rank(a[0]) - rank(b[0]));
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const [i, x, y] of seen) {
      if (found.length && rank(i) > 1) continue;
      context.font = (rank(i) < 2 ? "bold " : "") + "13px " + getComputedStyle(document.body).fontFamily;
      const wide = context.measureText(data.words[i]).width + 4, gap = radius(i) + 3;
      const from = x + gap + wide > width ? x - gap - wide : x + gap;
      const box = [from, y - 9, from + wide, y + 9];
      if (rank(i) > 0 && taken.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3])) continue;
      taken.push(box);
      context.globalAlpha = 1;
      context.strokeStyle = colors.card;
      context.lineWidth = 3;
      context.strokeText(data.words[i], from, y);
      context.fillStyle = colors.ink;
      context.fillText(data.words[i], from, y);
    }
  };

  const show = (i) => {
    hovered = i;
    tip.hidden = i < 0;
    if (i >= 0) {
      const name = document.createElement("strong");
      name.textContent = data.words[i];
      const lines = data.details[i].map((text) => {
        const line = document.createElement("span");
        line.textContent = text;
        return line;
      });
      tip.replaceChildren(name, ...lines);
      const [width, height] = size(), [x, y] = place(i);
      const below = y + 16 + tip.offsetHeight < height ? y + 16 : y - 16 - tip.offsetHeight;
      tip.style.left = Math.max(4, Math.min(x - 16, width - tip.offsetWidth - 4)) + "px";
      tip.style.top = Math.max(4, below) + "px";
    }
    draw();
  };
  const nearest = (x, y) => {
    let best = -1, distance = reach;
    for (let i = 0; i < n; i++) {
      const [px, py] = place(i), away = Math.hypot(px - x, py - y);
      if (away < distance) [best, distance] = [i, away];
    }
    return best;
  };
  const zoomBy = (factor, x, y) => {
    const before = zoom, [width, height] = size();
    zoom = factor ? Math.min(mostZoom, Math.max(1, zoom * factor)) : 1;
    const share = 1 / before - 1 / zoom;
    left += (x - width / 2) * share;
    top += (y - height / 2) * share;
    if (zoom === 1) left = top = 0;
    canvas.style.touchAction = zoom === 1 ? "pan-y" : "none";
    show(-1);
  };

  canvas.addEventListener("pointermove", (event) => {
    if (dragged) {
      left -= (event.offsetX - dragged[0]) / zoom;
      top -= (event.offsetY - dragged[1]) / zoom;
      dragged = [event.offsetX, event.offsetY];
      show(-1);
      return;
    }
    const i = nearest(event.offsetX, event.offsetY);
    if (i !== hovered) show(i);
  });
  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" || zoom > 1) {
      dragged = [event.offsetX, event.offsetY];
      canvas.setPointerCapture(event.pointerId);
    }
    show(nearest(event.offsetX, event.offsetY));
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { dragged = null; });
  canvas.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") show(-1); });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-40, 0], ArrowRight: [40, 0], ArrowUp: [0, -40], ArrowDown: [0, 40] }[event.key];
    if (!step && event.key !== "+" && event.key !== "-") return;
    event.preventDefault();
    const [width, height] = size();
    if (!step) return zoomBy(event.key === "+" ? 1.5 : 1 / 1.5, width / 2, height / 2);
    left += step[0] / zoom;
    top += step[1] / zoom;
    show(-1);
  });
  for (const button of figure.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      const [width, height] = size();
      zoomBy(Number(button.dataset.zoom), width / 2, height / 2);
    });
  }
  const search = () => {
    const wanted = field.value.trim().toLowerCase();
    found = [];
    for (let i = 0; wanted && i < n; i++) if (data.words[i].toLowerCase().includes(wanted)) found.push(i);
    const exact = found.find((i) => data.words[i].toLowerCase() === wanted);
    show(exact ?? found[0] ?? -1);
  };
  for (const name of ["input", "change"]) field.addEventListener(name, search);
  const refresh = () => { readColors(); draw(); };
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
  new ResizeObserver(draw).observe(canvas);
  refresh();
}
