// Draws every heat map on the page. Text reaches the document by textContent only.
for (const figure of document.querySelectorAll("figure.heat")) {
  const data = JSON.parse(figure.querySelector("script").textContent);
  const canvas = figure.querySelector("canvas"), tip = figure.querySelector(".tip");
  const stage = figure.querySelector(".stage"), context = canvas.getContext("2d");
  const selects = [...figure.querySelectorAll("select")];
  const nRows = data.rows.length, nColumns = data.columns.length, cell = nRows > 40 || nColumns > 40 ? 18 : 26;
  const longest = 150, gap = 6, small = "13px ";
  let left = 0, top = 0, low = 0, high = 1, chosen = null, colors = {}, family = "";

  const start = () => selects.reduce((place, select, i) => place * data.shape[i] + select.selectedIndex, 0) * nRows * nColumns;
  const value = (row, column) => data.values[start() + row * nColumns + column] * data.unit;
  const shorten = (text) => {
    let kept = [...text];
    if (context.measureText(text).width <= longest) return text;
    while (kept.length && context.measureText(kept.join("") + "…").width > longest) kept.pop();
    return kept.join("") + "…";
  };
  const widest = (lines) => Math.max(...lines.map((line) => context.measureText(shorten(line[0])).width));

  const measure = () => {
    const style = getComputedStyle(document.documentElement);
    colors = { ink: style.getPropertyValue("--ink").trim(), heat: style.getPropertyValue("--series-0").trim(), mark: style.getPropertyValue("--series-1").trim() };
    family = getComputedStyle(document.body).fontFamily;
    context.font = small + family;
    left = Math.ceil(widest(data.rows)) + 2 * gap;
    top = Math.ceil(widest(data.columns)) + 2 * gap;
  };
  const range = () => {
    const from = start(), to = from + nRows * nColumns;
    low = data.lowest === null ? Infinity : data.lowest;
    high = -Infinity;
    for (let i = from; i < to; i++) {
      if (data.lowest === null) low = Math.min(low, data.values[i] * data.unit);
      high = Math.max(high, data.values[i] * data.unit);
    }
    figure.querySelector(".low").textContent = low.toFixed(2);
    figure.querySelector(".high").textContent = high.toFixed(2);
  };
  const draw = () => {
    const ratio = window.devicePixelRatio || 1, width = left + nColumns * cell + gap, height = top + nRows * cell + gap;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.textBaseline = "middle";
    const write = (line, isChosen) => {
      context.font = (isChosen ? "bold " : "") + small + family;
      context.fillStyle = colors.ink;
      return shorten(line[0]);
    };
    data.rows.forEach((line, row) => {
      context.textAlign = "right";
      const text = write(line, chosen && chosen[0] === row);
      context.fillText(text, left - gap, top + (row + 0.5) * cell);
    });
    data.columns.forEach((line, column) => {
      context.save();
      context.translate(left + (column + 0.5) * cell, top - gap);
      context.rotate(-Math.PI / 2);
      context.textAlign = "left";
      const text = write(line, chosen && chosen[1] === column);
      context.fillText(text, 0, 0);
      context.restore();
    });
    context.fillStyle = colors.heat;
    for (let row = 0; row < nRows; row++) {
      for (let column = 0; column < nColumns; column++) {
        const share = high > low ? (value(row, column) - low) / (high - low) : 0;
        context.globalAlpha = Math.min(1, Math.max(0, share));
        context.fillRect(left + column * cell, top + row * cell, cell - 1, cell - 1);
      }
    }
    context.globalAlpha = 1;
    if (chosen) {
      context.strokeStyle = colors.mark;
      context.lineWidth = 2;
      context.strokeRect(left + chosen[1] * cell, top + chosen[0] * cell, cell - 1, cell - 1);
    }
  };

  const show = (place) => {
    chosen = place;
    tip.hidden = !place;
    draw();
    if (!place) return;
    const [row, column] = place, heading = document.createElement("strong");
    heading.textContent = data.rows[row][0] + " → " + data.columns[column][0] + ": " + value(row, column).toFixed(3);
    const lines = [...data.rows[row][1], ...(data.rows[row][0] === data.columns[column][0] ? [] : data.columns[column][1])];
    tip.replaceChildren(heading, ...lines.map((text) => {
      const line = document.createElement("span");
      line.textContent = text;
      return line;
    }));
    const x = left + (column + 1) * cell - stage.scrollLeft, y = top + (row + 1) * cell - stage.scrollTop;
    tip.style.left = Math.max(4, Math.min(x, stage.clientWidth - tip.offsetWidth - 4)) + stage.scrollLeft + "px";
    tip.style.top = (y + tip.offsetHeight + 4 < stage.clientHeight ? y + 4 : Math.max(4, y - cell - tip.offsetHeight - 4)) + stage.scrollTop + "px";
  };
  const point = (event) => {
    const row = Math.floor((event.offsetY - top) / cell), column = Math.floor((event.offsetX - left) / cell);
    const inside = row >= 0 && column >= 0 && row < nRows && column < nColumns;
    if (!inside) show(null);
    else if (!chosen || chosen[0] !== row || chosen[1] !== column) show([row, column]);
  };
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerdown", point);
  canvas.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") show(null); });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    const [row, column] = chosen || [0, -step[1]];
    show([Math.min(nRows - 1, Math.max(0, row + step[0])), Math.min(nColumns - 1, Math.max(0, column + step[1]))]);
  });
  const refresh = () => { measure(); range(); show(null); };
  for (const select of selects) select.addEventListener("change", () => { range(); show(chosen); });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
  refresh();
}
