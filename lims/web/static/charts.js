// Draws the charts of a page (lims/web/charts.py) with Chart.js. Every chart has its table; this only adds the picture.

const DASHES = { centre: [], target: [6, 4], warning: [6, 4], action: [2, 3], limit: [] };
const LINE_COLOURS = { centre: "--quiet", target: "--ink", warning: "--warn", action: "--bad", limit: "--bad" };
const BAND_COLOURS = { ...LINE_COLOURS, target: "--accent" };
const drawn = new Map();

// The colours of the style sheet as they are now.
const COLOURS = ["--ink", "--quiet", "--line", "--line-strong", "--ground", "--accent", "--warn", "--bad",
  "--chart-1", "--chart-2", "--chart-3", "--chart-4", "--chart-5", "--chart-6"];

function palette() {
  const style = getComputedStyle(document.documentElement);
  const known = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(name).trim()]));
  return (name) => known[name];
}

// Bands below the points, lines above them; Chart.js has no such thing of its own.
const across = {
  id: "across",
  beforeDatasetsDraw(chart, _, { bands, lies, colour }) {
    const { ctx, chartArea: area, scales } = chart;
    for (const band of bands) {
      const [from, to] = [band.lowest, band.highest].map((value) => within(scales[lies ? "x" : "y"].getPixelForValue(value), area, lies));
      ctx.save();
      ctx.globalAlpha = 0.12;
      ctx.fillStyle = colour(BAND_COLOURS[band.kind]);
      if (lies) ctx.fillRect(from, area.top, to - from, area.bottom - area.top);
      else ctx.fillRect(area.left, to, area.right - area.left, from - to);
      ctx.globalAlpha = 1;
      if (band.name) write(ctx, band.name, lies ? from + 4 : area.left + 4, lies ? area.bottom - 4 : from - 4, colour("--quiet"), "left");
      ctx.restore();
    }
  },
  afterDatasetsDraw(chart, _, { lines, lies, colour }) {
    const { ctx, chartArea: area, scales } = chart;
    const [first, end] = lies ? [area.left, area.right] : [area.top, area.bottom];
    const placed = lines.map((line) => ({ ...line, at: scales[lies ? "x" : "y"].getPixelForValue(line.y) }))
      .filter(({ at }) => at >= first - 1 && at <= end + 1)
      .sort((one, other) => one.at - other.at);
    let last = { at: -Infinity, isFirst: false };
    for (const line of placed) {
      const isFirst = lies || line.at - last.at > 14 || !last.isFirst; // names of lines close together stand at both ends
      last = { at: line.at, isFirst };
      ctx.save();
      ctx.strokeStyle = colour(LINE_COLOURS[line.kind]);
      ctx.lineWidth = 1.25;
      ctx.setLineDash(DASHES[line.kind]);
      ctx.beginPath();
      ctx.moveTo(lies ? line.at : area.left, lies ? area.top : line.at);
      ctx.lineTo(lies ? line.at : area.right, lies ? area.bottom : line.at);
      ctx.stroke();
      const [x, y, align] = lies ? aboveLying(line, area) : beside(line, area, isFirst);
      write(ctx, line.name, x, y, colour(LINE_COLOURS[line.kind]), align, colour("--ground"));
      ctx.restore();
    }
  },
};

const within = (at, area, lies) => Math.min(lies ? area.right : area.bottom, Math.max(lies ? area.left : area.top, at));
const beside = (line, area, isRight) => [isRight ? area.right - 4 : area.left + 4, line.at - 14 < area.top ? line.at + 12 : line.at - 4, isRight ? "right" : "left"];
const aboveLying = (line, area) => [line.at > area.right - 60 ? area.right : line.at, area.top - 5, line.at > area.right - 60 ? "right" : "center"];

function write(ctx, text, x, y, colour, align, halo) {
  ctx.font = `11px ${Chart.defaults.font.family}`;
  ctx.textAlign = align;
  ctx.setLineDash([]);
  if (halo) {
    ctx.strokeStyle = halo;
    ctx.lineWidth = 3;
    ctx.strokeText(text, x, y);
  }
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
}

function dataset(series, spec, colour) {
  const own = colour(`--chart-${series.colour}`);
  const isBars = series.mark === "bars";
  const showsPoints = series.mark === "points" || series.mark === "line";
  return {
    type: isBars ? "bar" : "line",
    label: series.name,
    data: series.points.map((p) => (spec.lies ? { x: p.y, y: p.x } : { x: p.x, y: p.y })),
    parsing: spec.categories.length ? false : undefined, // categories are told by their place
    showLine: series.mark === "line" || series.mark === "curve",
    borderColor: own,
    backgroundColor: own,
    borderWidth: isBars ? 0 : series.shape === "crossRot" ? 2 : 1.75,
    maxBarThickness: 36,
    pointStyle: isBars ? "rect" : showsPoints ? series.shape : "line",
    pointRadius: showsPoints ? (series.points.length > 200 ? 2 : series.points.length > 40 ? 3 : 4) : 0,
    pointHoverRadius: showsPoints ? 6 : 0,
    pointHitRadius: showsPoints ? 8 : 0,
    clip: 8, // a point at the edge is shown whole
    // Points lie over the curve through them, and both over bars.
    order: isBars ? 3 : series.mark === "points" ? 1 : 2,
  };
}

function scale(axis, spec, colour, isCategory) {
  const valued = axis === spec.y && spec.lines.length + spec.bands.length > 0;
  const crossing = valued ? [...spec.lines.map((line) => line.y), ...spec.bands.flatMap((band) => [band.lowest, band.highest])] : [];
  const [lowest, highest] = [axis.lowest, axis.highest];
  const reach = (limits, known) => [...limits, ...(known === null ? [] : [known])];
  return {
    type: isCategory ? "category" : axis.isLogarithmic ? "logarithmic" : "linear",
    title: { display: Boolean(axis.heading), text: axis.heading, color: colour("--quiet") },
    suggestedMin: isCategory ? undefined : minimum(reach(crossing, lowest)),
    suggestedMax: isCategory ? undefined : maximum(reach(crossing, highest)),
    grid: { color: isCategory ? "transparent" : colour("--line"), tickColor: colour("--line") },
    border: { color: colour("--line-strong") },
    ticks: { color: colour("--quiet"), autoSkip: !(isCategory && spec.lies), maxRotation: 45, maxTicksLimit: isCategory ? 40 : 9 },
  };
}

const minimum = (values) => (values.length ? Math.min(...values) : undefined);
const maximum = (values) => (values.length ? Math.max(...values) : undefined);

function options(spec, colour) {
  const names = spec.categories.length > 0;
  const valueAxis = scale(spec.y, spec, colour, false);
  const otherAxis = scale(spec.x, spec, colour, names);
  const pointOf = (element) => spec.series[element.datasetIndex]?.points[element.index];
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    indexAxis: spec.lies ? "y" : "x",
    layout: { padding: { top: spec.lies && spec.lines.length ? 16 : 4, right: 8 } },
    scales: spec.lies ? { x: valueAxis, y: otherAxis } : { x: otherAxis, y: valueAxis },
    interaction: { mode: "nearest", intersect: true },
    onClick: (_, elements) => {
      const link = elements.map(pointOf).find((point) => point?.link)?.link;
      if (link) window.location.assign(link);
    },
    onHover: (event, elements) => {
      event.native.target.style.cursor = elements.some((element) => pointOf(element)?.link) ? "pointer" : "";
    },
    plugins: {
      across: { lines: spec.lines, bands: spec.bands, lies: spec.lies, colour },
      legend: {
        display: spec.series.length > 1,
        position: "bottom",
        labels: { color: colour("--ink"), usePointStyle: true, boxHeight: 7, padding: 14 },
      },
      tooltip: {
        animation: false,
        displayColors: false,
        callbacks: {
          title: () => "",
          label: (item) => {
            const point = spec.series[item.datasetIndex].points[item.dataIndex];
            const where = names ? spec.categories[point.x] : point.x;
            return point.label ? point.label.split("\n") : `${spec.series[item.datasetIndex].name}: ${where}, ${point.y}`;
          },
        },
      },
    },
  };
}

function make(figure, spec, colour) {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  return new Chart(figure.querySelector("canvas"), {
    data: { labels: spec.categories, datasets: spec.series.map((series) => dataset(series, spec, colour)) },
    options: options(spec, colour),
    plugins: [across],
  });
}

function draw(figure) {
  const source = figure.querySelector("script[type='application/json']");
  if (drawn.has(figure)) return;
  if (source && window.Chart) {
    const spec = JSON.parse(source.textContent);
    drawn.set(figure, { spec, chart: make(figure, spec, palette()) });
    figure.querySelector("details")?.removeAttribute("open");
  }
  figure.dataset.ready = "yes";
}

// Anew from the beginning: Chart.js remembers the widths of texts, and they change with the letters.
function redraw(colour = palette()) {
  for (const [figure, { spec, chart }] of drawn) {
    chart.destroy();
    drawn.set(figure, { spec, chart: make(figure, spec, colour) });
  }
}

function drawAll(within = document) {
  for (const [figure, { chart }] of drawn) {
    if (!figure.isConnected) {
      chart.destroy();
      drawn.delete(figure);
    }
  }
  within.querySelectorAll("figure.chart").forEach(draw);
}

drawAll();
document.addEventListener("htmx:load", (event) => {
  const part = event.target;
  drawAll(part.matches?.("figure.chart") ? part.parentElement : part);
});

// Other colours, and letters that arrived late: drawn anew.
let isPrinting = false;
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
new MutationObserver(() => isPrinting || redraw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
document.fonts?.addEventListener("loadingdone", () => redraw());

// Paper is white, and narrower than a screen.
const PAPER_WIDTH = 640;
window.addEventListener("beforeprint", () => {
  const root = document.documentElement;
  const theme = root.dataset.theme;
  isPrinting = true;
  root.dataset.theme = "light";
  const onPaper = palette();
  root.dataset.theme = theme;
  redraw(onPaper);
  for (const { chart } of drawn.values()) chart.resize(Math.min(chart.width, PAPER_WIDTH), chart.height);
});
window.addEventListener("afterprint", () => {
  isPrinting = false;
  redraw();
  for (const { chart } of drawn.values()) chart.resize();
});
