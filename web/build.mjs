// SPDX-License-Identifier: AGPL-3.0-or-later
// Builds web/dist: index.html, app-HASH.js, app-HASH.css, icon.svg and a .gz twin of each.
import { build, context, transform } from 'esbuild'
import { compile, compileModule } from 'svelte/compiler'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const dist = join(here, 'dist')
const watch = process.argv.includes('--watch')
const BUDGET = 200 * 1024 // bytes, gzipped, for the first load

const styles = new Map()
let warnings = 0
const svelte = {
  name: 'svelte',
  setup(b) {
    b.onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const filename = relative(here, path)
      const made = compile(await readFile(path, 'utf8'),
        { filename, generate: 'client', css: 'external', runes: true, dev: false })
      for (const w of made.warnings) {
        warnings++
        console.error(`${filename}:${w.start?.line ?? 0}: ${w.code}: ${w.message}`)
      }
      styles.set(path, made.css?.code ?? '')
      const css = made.css?.code ? `import ${JSON.stringify(path + '?css')}\n` : ''
      return { contents: css + made.js.code, loader: 'js', resolveDir: dirname(path) }
    })
    b.onLoad({ filter: /\.svelte\.ts$/ }, async ({ path }) => {
      const js = await transform(await readFile(path, 'utf8'), { loader: 'ts', target: 'es2022' })
      const made = compileModule(js.code, { filename: relative(here, path), generate: 'client' })
      return { contents: made.js.code, loader: 'js', resolveDir: dirname(path) }
    })
    b.onResolve({ filter: /\?css$/ }, ({ path }) => ({ path, namespace: 'style' }))
    b.onLoad({ filter: /.*/, namespace: 'style' }, ({ path }) =>
      ({ contents: styles.get(path.slice(0, -4)) ?? '', loader: 'css' }))
  },
}

const options = {
  absWorkingDir: here,
  entryPoints: { app: 'src/main.ts' },
  entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]', splitting: true,
  outdir: dist,
  bundle: true, format: 'esm', target: 'es2022', minify: !watch, metafile: true, write: false,
  sourcemap: watch ? 'inline' : false, legalComments: 'none', conditions: ['svelte', 'browser'],
  plugins: [svelte, { name: 'pages', setup: b => b.onEnd(pages) }],
}

/** Scripts that the first one imports without being asked. */
function needed(made, first, found = new Set()) {
  if (found.has(first)) return found
  found.add(first)
  for (const i of made.find(o => o.name === first)?.imports ?? [])
    if (i.kind === 'import-statement') needed(made, relative(dist, join(here, i.path)), found)
  return found
}

async function pages(result) {
  if (result.errors.length) return
  await rm(dist, { recursive: true, force: true })
  await mkdir(dist, { recursive: true })
  const files = new Map(result.outputFiles.map(f => [relative(dist, f.path), Buffer.from(f.contents)]))
  // Pages that are fetched when first opened have a script of their own; all styles come with the first load.
  const made = Object.entries(result.metafile.outputs).map(([path, o]) => ({ name: relative(dist, join(here, path)), ...o }))
  const js = made.find(o => o.entryPoint === 'src/main.ts' && o.name.endsWith('.js')).name
  const sheets = made.filter(o => o.name.endsWith('.css')).map(o => o.name)
  const first = sheets.find(f => f.startsWith('app-'))
  const style = Buffer.concat([first, ...sheets.filter(f => f !== first)].map(f => files.get(f)))
  const css = `app-${createHash('sha256').update(style).digest('hex').slice(0, 8).toUpperCase()}.css`
  const later = made.filter(o => o.name.endsWith('.js') && !needed(made, js).has(o.name)).map(o => o.name)
  for (const f of sheets) files.delete(f)
  files.set(css, style)
  const page = await readFile(join(here, 'src/index.html'), 'utf8')
  files.set('index.html', Buffer.from(page.replace('APP_JS', js).replace('APP_CSS', css)))
  files.set('icon.svg', await readFile(join(here, 'src/icon.svg')))
  let total = 0
  for (const [name, bytes] of files) {
    const small = gzipSync(bytes, { level: 9 })
    total += later.includes(name) ? 0 : small.length
    await writeFile(join(dist, name), bytes)
    await writeFile(join(dist, name + '.gz'), small)
  }
  console.log(`web/dist: ${(await readdir(dist)).length} files, first load ${(total / 1024).toFixed(1)} kB gzipped, ${later.length} more when asked for`)
  if (total > BUDGET) throw new Error(`the first load is over its budget of ${BUDGET / 1024} kB`)
}

if (watch) await (await context(options)).watch()
else {
  await build(options)
  if (warnings) { console.error(`${warnings} compiler warnings`); process.exit(1) }
}
