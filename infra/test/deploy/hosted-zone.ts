/**
 * Makes a zone in Route 53, where a custom domain gets its record.
 * @returns its id. It begins with Z, as AWS's ids do and the stack demands; moto's begin with anything.
 */
export async function createHostedZone(endpoint: string, domain: string): Promise<string> {
  for (let attempt = 0; attempt < 2000; attempt += 1) {
    const response = await fetch(`${endpoint}/2013-04-01/hostedzone`, {
      method: 'POST',
      headers: {
        'content-type': 'text/xml',
        authorization: 'AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/route53/aws4_request',
      },
      body: `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>${domain}</Name><CallerReference>${attempt}</CallerReference></CreateHostedZoneRequest>`,
    });
    const id = /\/hostedzone\/(Z[0-9A-Z]+)/.exec(await response.text())?.[1];
    if (id) return id;
  }
  throw new Error(`moto gave no zone of ${domain} an id that begins with Z`);
}
