// An extension of JupyterLab, of Notebook 7 and of JupyterLite: a notebook is saved with what its widgets show.
// The model of a widget ends with the kernel, and a notebook that is opened again would say that it was not found.

(() => {
  const WIDGET = 'application/vnd.jupyter.widget-view+json';
  const STATES = 'application/vnd.jupyter.widget-state+json';
  const GONE = '<p><i>Run this cell to have its controls back.</i></p>';

  const escaped = text => text.replace(/[&<>"]/g, sign => `&#${sign.charCodeAt()};`);

  const picture = svg => {
    const alt = escaped(svg.querySelector('[aria-label]')?.getAttribute('aria-label') ?? 'Chart');
    const drawing = encodeURIComponent(new XMLSerializer().serializeToString(svg));
    return `<p><img alt="${alt}" src="data:image/svg+xml,${drawing}"></p>`;
  };

  const rows = readouts => {
    const cells = [...readouts.children].map(one => [...one.children].map(part => escaped(part.textContent)));
    return `<table>${cells.map(([name, number]) => `<tr><th>${name}</th><td>${number}</td></tr>`).join('')}</table>`;
  };

  /** What explorers of ipywidgets and charts show at this moment, where no kernel can draw: sentences, numbers and drawings. */
  const seen = node =>
    [...(node?.querySelectorAll(':is(.xp-live :is(.xp-heading, .xp-says, .xp-readouts, .xp-chart-title), .vega-embed svg.marks)') ?? [])]
      .map(part => {
        if (part instanceof SVGElement) return picture(part);
        return part.matches('.xp-readouts') ? rows(part) : `<p>${escaped(part.textContent)}</p>`;
      })
      .join('');

  /** An output without its widget. */
  const still = (output, node, states) => {
    if (!output.data?.[WIDGET] || output.data[WIDGET].model_id in states) return output;
    const { [WIDGET]: _widget, ...data } = output.data;
    const shown = 'image/png' in data ? '' : seen(node);
    if (shown) data['text/html'] = shown + GONE;
    else if (Object.keys(data).every(type => type === 'text/plain')) data['text/html'] = GONE;
    return { ...output, data };
  };

  const kept = (notebook, cells) => {
    const states = notebook.metadata?.widgets?.[STATES]?.state ?? {};
    const without = (cell, area) =>
      cell.outputs
        ? { ...cell, outputs: cell.outputs.map((output, at) => still(output, area?.widgets[at]?.node, states)) }
        : cell;
    return { ...notebook, cells: notebook.cells.map((cell, at) => without(cell, cells[at]?.outputArea)) };
  };

  const plugin = {
    id: 'explorables:keep',
    autoStart: true,
    activate: app => {
      const { contents } = app.serviceManager;
      const save = contents.save.bind(contents);
      contents.save = (path, options) => {
        if (options?.type !== 'notebook' || !options.content?.cells) return save(path, options);
        const open = [...app.shell.widgets('main')].find(one => one.context?.path === path);
        return save(path, { ...options, content: kept(options.content, open?.content.widgets ?? []) });
      };
    },
  };

  // What a bundler would write: the module that JupyterLab asks for by the name in package.json.
  globalThis._JUPYTERLAB ??= {};
  globalThis._JUPYTERLAB.explorables = { init: () => {}, get: async () => () => ({ __esModule: true, default: plugin }) };
})();
