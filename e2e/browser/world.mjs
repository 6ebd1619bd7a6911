// A writ of its own for the tests, an administrator who is the AWS CLI, and
// browsers. Start at newWorld.
import { execFile, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import assert from 'node:assert/strict'
import { chromium } from 'playwright-core'

const run = promisify(execFile)
const { WRIT, AWS_CLI, CHROMIUM } = process.env
const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')

/** newWorld starts a server in memory, with further flags, and a browser. Call its close(). */
export async function newWorld(...flags) {
  const folder = await mkdtemp(join(tmpdir(), 'writ-browser-'))
  const server = spawn(WRIT, ['dev', '--memory', '--listen', '127.0.0.1:0', '--json', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await Promise.race([
    once(createInterface({ input: server.stdout }), 'line'),
    once(server, 'exit').then(() => { throw new Error('writ did not start') }),
  ])
  const access = JSON.parse(line)
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
  const env = {
    PATH: process.env.PATH, HOME: folder, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '', AWS_REGION: 'us-east-1', AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: access.endpoint, AWS_ACCESS_KEY_ID: access.accessKeyId, AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
  }
  return {
    account: access.accountId,
    url: access.endpoint,
    folder,
    /** aws calls the AWS CLI as the root user, or with other credentials in more. */
    async aws(args, more = {}) {
      const { stdout } = await run(AWS_CLI, [...args, '--output', 'json', '--endpoint-url', access.endpoint], { env: { ...env, ...more } })
      return stdout === '' ? null : JSON.parse(stdout)
    },
    /** writ runs a command of writ as the root user, or with other credentials. */
    async writ(args, more = {}) {
      return (await run(WRIT, args, { env: { ...env, ...more } })).stdout.trim()
    },
    /** person opens a fresh browser, in which no page may run a script. */
    async person(more = {}) {
      return (await browser.newContext({ javaScriptEnabled: false, baseURL: access.endpoint, ...more })).newPage()
    },
    /** examine looks at a page with axe, which needs scripts, in the same session. */
    async examine(page) {
      const context = await browser.newContext({ bypassCSP: true, baseURL: access.endpoint })
      const copy = await context.newPage()
      await copy.setContent(await page.content())
      await copy.evaluate(axe)
      const { violations } = await copy.evaluate(() => globalThis.axe.run())
      await context.close()
      assert.deepEqual(violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(' ')}`), [], page.url())
    },
    async close() {
      await browser.close()
      server.kill('SIGTERM')
      if (server.exitCode === null) await once(server, 'exit')
      await rm(folder, { recursive: true })
    },
  }
}

/** once is the first event of a name. */
function once(emitter, name) {
  return new Promise((resolve) => emitter.once(name, (...args) => resolve(args)))
}

/** totp is the code that a virtual MFA device shows at a time (RFC 6238). */
export function totp(seed, at = Date.now()) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...seed.replaceAll('=', '')].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const mac = createHmac('sha1', key).update(step).digest()
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}
