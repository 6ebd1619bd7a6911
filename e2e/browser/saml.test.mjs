// Signing in by SAML as a person does it: in Chromium, without scripts, at a
// provider of another site. What cookies come from there is the browser's
// doing. Each page that is seen is examined with axe.
import { after, before, test } from 'node:test'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import assert from 'node:assert/strict'
import { newProvider } from './provider.mjs'
import { newWorld } from './world.mjs'

let folder, world, idp, arn

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'writ-saml-'))
  const [key, certificate] = [join(folder, 'tls.key'), join(folder, 'tls.crt')]
  await promisify(execFile)('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=writ',
    '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate])
  const address = `127.0.0.1:${await freePort()}`
  world = await newWorld('--listen', address, '--saml-endpoint', `https://${address}/saml`, '--tls-cert', certificate, '--tls-key', key)
  idp = await newProvider(folder)
  idp.replyTo = `${world.url}/saml`
  const aws = (...args) => world.aws(['iam', ...args], { AWS_CA_BUNDLE: certificate })
  arn = (await aws('create-saml-provider', '--name', 'login', '--saml-metadata-document', idp.metadata)).SAMLProviderArn
  const trust = { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: { Federated: arn }, Action: 'sts:AssumeRoleWithSAML' } }
  for (const name of ['Reader', 'Writer']) {
    await aws('create-role', '--role-name', name, '--assume-role-policy-document', JSON.stringify(trust))
  }
})
after(async () => {
  await idp.close()
  await world.close()
  await rm(folder, { recursive: true })
})

/** person opens a fresh browser. */
const person = () => world.person({ ignoreHTTPSErrors: true })

/** freePort is one that nobody listens on now. */
async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** grant is a value of the attribute Role. */
const grant = (name) => `arn:aws:iam::${world.account}:role/${name},${arn}`

/** heading asserts which page is shown, and examines it. */
async function heading(page, text) {
  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), text)
  await world.examine(page)
}

/** signedInAs asserts whose first page is shown. */
async function signedInAs(page, role) {
  await heading(page, 'Signed in')
  assert.match(await page.locator('main').textContent(), new RegExp(`assumed-role/${role}/alice`))
}

const go = (page) => page.getByRole('button', { name: 'Go to AWS' }).click()

test('a provider signs a person in, who chooses one of several roles', async () => {
  idp.grants(grant('Reader'), grant('Writer'))
  const page = await person()
  await page.goto(idp.url)
  await go(page)
  await heading(page, 'Select a role')
  await page.getByLabel('Writer').check()
  await page.getByRole('button', { name: 'Sign in' }).click()
  await signedInAs(page, 'Writer')
  await page.goto('/_writ/console')
  await signedInAs(page, 'Writer')
})

test('a request to a provider comes back to the browser that made it', async () => {
  idp.grants(grant('Reader'))
  const page = await person()
  await page.goto(`/saml/login?provider=${arn}&destination=/switchrole`)
  await go(page)
  await heading(page, 'Switch role')
  await page.goto('/_writ/console')
  await signedInAs(page, 'Reader')

  const other = await person()
  await page.goto(`/saml/login?provider=${arn}`)
  await other.setContent(await page.content())
  await go(other)
  await heading(other, 'This did not work')
  assert.match(await other.getByRole('alert').textContent(), /begun in this browser/)
})

test('who is signed in is asked before somebody else is', async () => {
  idp.grants(grant('Reader'))
  const page = await person()
  await page.goto(idp.url)
  await go(page)
  await signedInAs(page, 'Reader')
  await page.goto(idp.url)
  await go(page)
  await signedInAs(page, 'Reader') // the same person

  idp.grants(grant('Writer'))
  await page.goto(idp.url)
  await go(page)
  await heading(page, 'Sign in as somebody else?')
  await page.getByRole('button', { name: 'Stay' }).click()
  await signedInAs(page, 'Reader')
  await page.goto(idp.url)
  await go(page)
  await page.getByRole('button', { name: 'Sign in as' }).click()
  await signedInAs(page, 'Writer')
})
