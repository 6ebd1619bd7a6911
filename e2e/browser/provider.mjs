// A SAML identity provider on another site than the server: a page whose form
// brings a signed response. It writes its assertions in canonical form at once,
// without a library.
import { createHash, randomBytes, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { inflateRawSync } from 'node:zlib'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const entity = 'https://idp.example.org/login'
const attribute = 'https://aws.amazon.com/SAML/Attributes/'

/** newProvider makes a key in a folder and starts the provider. Call its close(). */
export async function newProvider(folder) {
  const [key, certificate] = [join(folder, 'idp.key'), join(folder, 'idp.crt')]
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=idp.example.org', '-keyout', key, '-out', certificate])
  const [pem, chain] = await Promise.all([readFile(key, 'utf8'), readFile(certificate, 'utf8')])
  let roles = []
  const server = createServer((request, answer) => {
    const packed = new URL(request.url, 'http://localhost').searchParams.get('SAMLRequest')
    const asked = packed ? inflateRawSync(Buffer.from(packed, 'base64')).toString() : ''
    const of = (name) => asked.match(new RegExp(` ${name}="([^"]*)"`))?.[1] ?? ''
    const replyTo = of('AssertionConsumerServiceURL') || provider.replyTo
    answer.setHeader('Content-Type', 'text/html')
    answer.end(`<!DOCTYPE html><title>Provider</title><form method="post" action="${replyTo}">
      <input type="hidden" name="SAMLResponse" value="${response(pem, of('ID'), replyTo, roles)}"><button>Go to AWS</button></form>`)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://localhost:${server.address().port}/` // another site than 127.0.0.1
  const binding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'
  const provider = {
    url,
    replyTo: '',
    metadata: `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${entity}">` +
      '<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data>' +
      `<ds:X509Certificate>${chain.replace(/-----[A-Z ]+-----/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>` +
      `<SingleSignOnService Binding="${binding}" Location="${url}"/></IDPSSODescriptor></EntityDescriptor>`,
    /** grants sets the values of the attribute Role. */
    grants(...pairs) { roles = pairs },
    close: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections() }),
  }
  return provider
}

function response(pem, request, recipient, roles) {
  const id = `_${randomBytes(16).toString('hex')}`
  const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString()
  const answers = request && ` InResponseTo="${request}"`
  const values = (name, list) => `<Attribute Name="${attribute}${name}">${list.map((v) => `<AttributeValue>${v}</AttributeValue>`).join('')}</Attribute>`
  const head = `<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" IssueInstant="${at(0)}" Version="2.0"><Issuer>${entity}</Issuer>`
  const tail = '<Subject><NameID>alice</NameID><SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">' +
    `<SubjectConfirmationData${answers} NotOnOrAfter="${at(300)}" Recipient="${recipient}"></SubjectConfirmationData></SubjectConfirmation></Subject>` +
    `<Conditions NotOnOrAfter="${at(300)}"><AudienceRestriction><Audience>urn:amazon:webservices</Audience></AudienceRestriction></Conditions>` +
    `<AuthnStatement AuthnInstant="${at(0)}"></AuthnStatement><AttributeStatement>${values('Role', roles)}${values('RoleSessionName', ['alice'])}</AttributeStatement></Assertion>`
  const digest = createHash('sha256').update(head + tail).digest('base64')
  const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
  const info = `<SignedInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><CanonicalizationMethod Algorithm="${exclusive}"></CanonicalizationMethod>` +
    `<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></SignatureMethod><Reference URI="#${id}"><Transforms>` +
    `<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></Transform><Transform Algorithm="${exclusive}"></Transform></Transforms>` +
    `<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></DigestMethod><DigestValue>${digest}</DigestValue></Reference></SignedInfo>`
  const signature = `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">${info}<SignatureValue>${sign('sha256', Buffer.from(info), pem).toString('base64')}</SignatureValue></Signature>`
  return Buffer.from(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r${id}"${answers} Version="2.0"><samlp:Status>` +
    `<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status>${head}${signature}${tail}</samlp:Response>`).toString('base64')
}
