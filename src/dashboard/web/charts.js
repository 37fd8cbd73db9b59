// The drawn charts, with ECharts: lines over time, columns, the heatmap. Everything it draws is on a canvas, and its
// tooltips are elements made by h(): text of an event never becomes markup.
import { h } from "/dom.js";
import { colour, on_theme_change } from "/theme.js";
import { WEEKDAYS, bucket, count, long_bucket, short_count } from "/format.js";

let loading = null;
const drawn = new Set();

// Fetched when the first chart needs it: the numbers and tables are on the screen before.
function load_echarts() {
  loading ??= new Promise((resolve, reject) => {
    const script = h("script", { src: "/echarts.min.js" });
    script.addEventListener("load", () => resolve(globalThis.echarts));
    script.addEventListener("error", () => {
      loading = null;
      reject(new Error("echarts.min.js did not load"));
    });
    document.head.append(script);
  });
  return loading;
}

// Draws `options()` into a new element in `body`; again when the theme or the size changes. Returns how to undo it.
function draw(body, spoken, options, on_click) {
  const place = h("div", { class: "chart", role: "img", "aria-label": spoken });
  body.append(place);
  const chart = { redraw: () => {}, instance: null };
  let is_gone = false;
  const resize = new ResizeObserver(() => chart.instance?.resize());
  load_echarts().then((echarts) => {
    if (is_gone) return;
    chart.instance = echarts.init(place, null, { renderer: "canvas" });
    chart.redraw = () => chart.instance.setOption(options(), true);
    chart.redraw();
    if (on_click) chart.instance.getZr().on("click", (event) => click_category(chart.instance, event, on_click));
    resize.observe(place);
    drawn.add(chart);
  }).catch((error) => {
    place.replaceWith(h("p", { class: "empty" }, "The chart library did not load", h("span", {}, error.message)));
  });
  const undo = () => {
    is_gone = true;
    resize.disconnect();
    drawn.delete(chart);
    chart.instance?.dispose();
  };
  undo.update = (new_options, new_spoken) => {
    options = new_options;
    place.setAttribute("aria-label", new_spoken);
    chart.instance?.setOption(options());
  };
  return undo;
}

on_theme_change(() => {
  for (const chart of drawn) chart.redraw();
});

// A click anywhere above a category counts, not only on the line itself.
function click_category(instance, event, on_click) {
  const point = [event.offsetX, event.offsetY];
  if (!instance.containPixel("grid", point)) return;
  on_click(instance.convertFromPixel({ seriesIndex: 0 }, point)[0]);
}

function base() {
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 300,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("quiet") },
    grid: { left: 4, right: 10, top: 14, bottom: 4, containLabel: true },
  };
}

function tooltip(extra) {
  return {
    confine: true,
    backgroundColor: colour("surface"),
    borderColor: colour("line"),
    padding: [8, 12],
    textStyle: { color: colour("text"), fontSize: 12 },
    extraCssText: "box-shadow: 0 4px 16px rgba(0,0,0,.12); border-radius: 8px;",
    ...extra,
  };
}

function tip(title, rows) {
  return h("div", { class: "tip" }, h("p", {}, title),
    rows.map(([name, value, kind]) => h("div", { class: "tip-row" }, h("span", { class: `key ${kind}` }), h("span", {}, name), h("b", {}, value))));
}

function category_axis(points) {
  return {
    type: "category",
    data: points.map((point) => point.at),
    boundaryGap: false,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: colour("line") } },
    axisLabel: { color: colour("quiet"), fontSize: 11, hideOverlap: true, margin: 10, formatter: bucket },
  };
}

// `values` are those it shows: its labels are all written as the greatest of them is, never 5,000 below 10K.
function value_axis(write, values, extra = {}) {
  const greatest = Math.max(0, ...values);
  return {
    type: "value",
    min: 0,
    splitNumber: 4,
    axisLabel: { color: colour("quiet"), fontSize: 11, formatter: (value) => write(value, greatest) },
    splitLine: { lineStyle: { color: colour("faint") } },
    ...extra,
  };
}

// points: [{at, value}]; previous: the same number of points of the time before, or [].
export function line_chart(body, { points, previous, name, write, axis_write, spoken, on_click, whole }) {
  const options = () => ({
    ...base(),
    xAxis: category_axis(points),
    yAxis: value_axis(axis_write, [...points, ...previous].map((point) => point.value), whole ? { minInterval: 1 } : {}),
    tooltip: tooltip({
      trigger: "axis",
      axisPointer: { type: "line", lineStyle: { color: colour("quiet"), type: "solid", width: 1, opacity: 0.5 } },
      formatter: ([{ dataIndex }]) => tip(long_bucket(points[dataIndex].at), [
        [name, write(points[dataIndex].value), "now"],
        ...(previous[dataIndex] ? [[long_bucket(previous[dataIndex].at), write(previous[dataIndex].value), "before"]] : []),
      ]),
    }),
    series: [
      {
        name, type: "line", data: points.map((point) => point.value), symbol: "circle", symbolSize: 7,
        showSymbol: points.length === 1, lineStyle: { width: 2, color: colour("accent") }, itemStyle: { color: colour("accent") },
        areaStyle: { color: colour("accent"), opacity: 0.08 }, z: 3, connectNulls: false, cursor: on_click ? "pointer" : "default",
      },
      {
        name: "before", type: "line", data: previous.map((point) => point.value), showSymbol: false, silent: true,
        lineStyle: { width: 1.5, type: [4, 4], color: colour("before") }, itemStyle: { color: colour("before") }, z: 2,
      },
    ],
  });
  return draw(body, spoken, options, on_click && ((index) => points[index] && on_click(points[index].at)));
}

// Columns for an amount, a line for another on its own axis.
export function column_and_line_chart(body, { points, column, line, spoken, on_click }) {
  const values_of = ({ field }) => points.map((point) => point[field]);
  const options = () => ({
    ...base(),
    grid: { left: 4, right: 4, top: 34, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 8, itemGap: 18, textStyle: { color: colour("quiet"), fontSize: 12 }, selectedMode: false },
    xAxis: { ...category_axis(points), boundaryGap: true },
    yAxis: [value_axis(column.axis_write, values_of(column)), value_axis(line.axis_write, values_of(line), { splitLine: { show: false } })],
    tooltip: tooltip({
      trigger: "axis",
      axisPointer: { type: "shadow", shadowStyle: { color: colour("quiet"), opacity: 0.08 } },
      formatter: ([{ dataIndex }]) => tip(long_bucket(points[dataIndex].at), [
        [column.name, column.write(points[dataIndex][column.field]), "soft"],
        [line.name, line.write(points[dataIndex][line.field]), "now"],
      ]),
    }),
    series: [
      { name: column.name, type: "bar", data: values_of(column), barMaxWidth: 26, itemStyle: { color: colour("bar"), borderRadius: [3, 3, 0, 0] }, cursor: on_click ? "pointer" : "default" },
      { name: line.name, type: "line", yAxisIndex: 1, data: values_of(line), symbol: "circle", symbolSize: 5, showSymbol: false, lineStyle: { width: 2, color: colour("accent") }, itemStyle: { color: colour("accent") } },
    ],
  });
  return draw(body, spoken, options, on_click && ((index) => points[index] && on_click(points[index].at)));
}

// cells: [{weekday 1..7, hour, events}]
export function heatmap_chart(body, { cells, spoken }) {
  const most = Math.max(1, ...cells.map((cell) => cell.events));
  const options = () => ({
    ...base(),
    grid: { left: 4, right: 4, top: 4, bottom: 46, containLabel: true },
    xAxis: {
      type: "category", data: Array.from({ length: 24 }, (_, hour) => hour), axisTick: { show: false }, axisLine: { show: false }, splitArea: { show: false },
      axisLabel: { color: colour("quiet"), fontSize: 11, interval: body.clientWidth < 480 ? 3 : 1, formatter: (hour) => String(hour).padStart(2, "0") },
    },
    yAxis: { type: "category", data: WEEKDAYS, inverse: true, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: colour("quiet"), fontSize: 11 } },
    visualMap: {
      min: 0, max: most, calculable: false, orient: "horizontal", left: "center", bottom: 0, itemWidth: 10, itemHeight: 120, text: [`${short_count(most)} events`, "0"],
      textStyle: { color: colour("quiet"), fontSize: 11 }, inRange: { color: [colour("heat-0"), colour("heat-1"), colour("heat-2"), colour("heat-3")] },
    },
    tooltip: tooltip({ formatter: ({ value }) => tip(`${WEEKDAYS[value[1]]}, ${String(value[0]).padStart(2, "0")}:00–${String(value[0]).padStart(2, "0")}:59`, [["Events", count(value[2]), "now"]]) }),
    series: [{
      type: "heatmap", data: cells.map((cell) => [cell.hour, cell.weekday - 1, cell.events]),
      itemStyle: { borderColor: colour("surface"), borderWidth: 2, borderRadius: 4 }, emphasis: { itemStyle: { borderColor: colour("text"), borderWidth: 1 } },
    }],
  });
  return draw(body, spoken, options);
}

// points: [{minutes_ago, events}], oldest first; returns an undo with .update(points, spoken).
export function minute_chart(body, points, spoken) {
  const options_of = (rows) => () => ({
    ...base(),
    xAxis: {
      type: "category", data: rows.map((row) => row.minutes_ago), axisTick: { show: false }, axisLine: { lineStyle: { color: colour("line") } },
      axisLabel: { color: colour("quiet"), fontSize: 11, hideOverlap: true, interval: (_, ago) => Number(ago) % 5 === 0, formatter: (ago) => (Number(ago) === 0 ? "now" : `−${ago} min`) },
    },
    yAxis: value_axis(short_count, rows.map((row) => row.events), { minInterval: 1 }),
    tooltip: tooltip({
      trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: colour("quiet"), opacity: 0.08 } },
      formatter: ([{ dataIndex }]) => tip(rows[dataIndex].minutes_ago === 0 ? "This minute" : `${rows[dataIndex].minutes_ago} min ago`,
        [["Events", count(rows[dataIndex].events), "now"], ["Visitors", count(rows[dataIndex].visitors), "soft"]]),
    }),
    series: [{ type: "bar", data: rows.map((row) => row.events), barCategoryGap: "22%", itemStyle: { color: colour("accent"), borderRadius: [2, 2, 0, 0] } }],
  });
  const undo = draw(body, spoken, options_of(points));
  const update = undo.update;
  undo.update = (rows, new_spoken) => update(options_of(rows), new_spoken);
  return undo;
}
