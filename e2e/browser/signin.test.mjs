// The sign-in pages as a person meets them: in Chromium, without scripts. Each
// page that is seen is examined with axe.
import { after, before, test } from 'node:test'
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import assert from 'node:assert/strict'
import { newWorld, totp } from './world.mjs'

const password = 'Correct-Horse-7-Battery'
let world

before(async () => { world = await newWorld() })
after(() => world.close())

/** user makes a user who can sign in. */
async function user(name, ...more) {
  await world.aws(['iam', 'create-user', '--user-name', name])
  await world.aws(['iam', 'create-login-profile', '--user-name', name, '--password', password, ...more])
}

/** allow gives a user an inline policy. */
function allow(name, action, resource = '*') {
  const policy = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: action, Resource: resource } }
  return world.aws(['iam', 'put-user-policy', '--user-name', name, '--policy-name', 'p', '--policy-document', JSON.stringify(policy)])
}

/** signIn fills in the sign-in page. */
async function signIn(page, name, secret = password) {
  await page.getByLabel('Account ID').fill(world.account)
  await page.getByLabel('user name').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(secret)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** heading asserts which page is shown, and examines it. */
async function heading(page, text) {
  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), text)
  await world.examine(page)
}

test('a user signs in, sees who she is, and signs out', async () => {
  await user('ann')
  const page = await world.person()
  await page.goto('/_writ/console')
  await heading(page, 'Sign in')
  // The style sheet is let through by its hash alone.
  assert.equal(await page.locator('main').evaluate((e) => getComputedStyle(e).maxWidth), '480px')
  await signIn(page, 'ann', 'wrong')
  assert.match(await page.getByRole('alert').textContent(), /incorrect/)
  await world.examine(page)
  await signIn(page, 'ann')
  await heading(page, 'Signed in')
  assert.match(await page.locator('main').textContent(), new RegExp(`arn:aws:iam::${world.account}:user/ann`))
  await page.getByRole('button', { name: 'Sign out' }).click()
  await heading(page, 'Sign in')
  await page.goBack()
  await page.goto('/_writ/console')
  await heading(page, 'Sign in')
})

test('an MFA device is asked for its code', async () => {
  await user('mia')
  const seedFile = join(world.folder, 'seed')
  const { VirtualMFADevice: device } = await world.aws(['iam', 'create-virtual-mfa-device', '--virtual-mfa-device-name', 'mia',
    '--bootstrap-method', 'Base32StringSeed', '--outfile', seedFile])
  const seed = (await readFile(seedFile, 'utf8')).trim()
  const now = Date.now()
  await world.aws(['iam', 'enable-mfa-device', '--user-name', 'mia', '--serial-number', device.SerialNumber,
    '--authentication-code1', totp(seed, now - 60_000), '--authentication-code2', totp(seed, now - 30_000)])
  const page = await world.person()
  await page.goto('/signin')
  await signIn(page, 'mia')
  await heading(page, 'Multi-factor authentication')
  await page.getByLabel('MFA code').fill('12345')
  await page.getByRole('button').click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel('MFA code').fill(totp(seed))
  await page.getByRole('button').click()
  await heading(page, 'Signed in')
  assert.match(await page.locator('main').textContent(), /with MFA/)
})

test('a password that must be changed is changed', async () => {
  await user('rob', '--password-reset-required')
  await world.aws(['iam', 'attach-user-policy', '--user-name', 'rob', '--policy-arn', 'arn:aws:iam::aws:policy/IAMUserChangePassword'])
  const page = await world.person()
  await page.goto('/signin')
  await signIn(page, 'rob')
  await page.getByLabel('Old password').fill(password)
  await page.getByLabel('New password', { exact: true }).fill(password + '!')
  await page.getByLabel('Retype new password').fill(password + '!')
  await world.examine(page)
  await page.getByRole('button').click()
  await heading(page, 'Signed in')
})

test('a user switches role and comes back', async () => {
  await user('sue')
  const trust = { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${world.account}:user/sue` }, Action: 'sts:AssumeRole' } }
  await world.aws(['iam', 'create-role', '--role-name', 'Reader', '--assume-role-policy-document', JSON.stringify(trust)])
  const page = await world.person()
  await page.goto(`/switchrole?account=${world.account}&roleName=Reader&displayName=Reading`)
  await signIn(page, 'sue')
  await heading(page, 'Switch role')
  await page.getByRole('button', { name: 'Switch role' }).click()
  await heading(page, 'Signed in')
  assert.match(await page.locator('main').textContent(), /assumed-role\/Reader\/sue/)
  await page.getByRole('button', { name: 'Switch back' }).click()
  assert.match(await page.locator('main').textContent(), /user\/sue/)
})

test('writ console signs a browser in, once', async () => {
  const url = await world.writ(['console', '--print'])
  const page = await world.person()
  await page.goto(url)
  await heading(page, 'Signed in')
  const other = await world.person()
  await other.goto(url)
  await other.getByRole('alert').waitFor()
})

test('a command line is let in, and its page leads back to it', async () => {
  await user('cleo')
  await allow('cleo', ['signin:AuthorizeOAuth2Access', 'signin:CreateOAuth2Token'])
  let called
  const back = createServer((request, response) => {
    called = new URL(request.url, 'http://127.0.0.1')
    response.end('<!DOCTYPE html><html lang="en"><title>done</title><h1>You may close this page</h1>')
  })
  await new Promise((resolve) => back.listen(0, '127.0.0.1', resolve))
  try {
    const query = new URLSearchParams({
      response_type: 'code', client_id: 'arn:aws:signin:::devtools/same-device', state: 'a-state', scope: 'openid',
      code_challenge_method: 'SHA-256', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      redirect_uri: `http://127.0.0.1:${back.address().port}/oauth/callback`,
    })
    const page = await world.person()
    await page.goto(`/v1/authorize?${query}`)
    await signIn(page, 'cleo')
    await world.examine(page)
    await page.getByRole('button').first().click()
    await page.getByRole('heading', { name: 'You may close this page' }).waitFor()
    assert.equal(called.pathname, '/oauth/callback')
    assert.equal(called.searchParams.get('state'), 'a-state')
    assert.ok(called.searchParams.get('code').length > 20)
  } finally {
    back.close()
  }
})
