import { Apigatewayv2Api } from '@cdktf/provider-aws/lib/apigatewayv2-api/index.js';
import { Construct } from 'constructs';
import { protectedIf } from './lifecycles.ts';

export interface HttpApiProps {
  readonly name: string;
  /** Name of the Terraform variable with the API's own domain, which may be empty. Absent: it has none. */
  readonly domainVariable?: string;
  /** Name of the Terraform variable with the origins whose pages may call it. Absent: none. */
  readonly originsVariable?: string;
  /** `ipv4` or `dualstack`; a Terraform expression. Absent: AWS's own, ipv4. */
  readonly ipAddressType?: string;
  /** Whether Terraform refuses to delete or replace it, and its address with it. Absent: it does not. */
  readonly isProtected?: boolean;
}

/** An HTTP API. Its only stage is `$default`, which has no part in addresses: paths begin at the root. */
export class HttpApi extends Construct {
  readonly api: Apigatewayv2Api;
  readonly stageName = '$default';
  readonly #domainVariable: string | undefined;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const { name, domainVariable, originsVariable, ipAddressType, isProtected = false } = props;
    this.#domainVariable = domainVariable;
    this.api = new Apigatewayv2Api(this, 'api', {
      name,
      protocolType: 'HTTP',
      ...(ipAddressType !== undefined && { ipAddressType }),
      ...protectedIf(isProtected),
    });
    if (originsVariable !== undefined) {
      // A block that is there makes API Gateway answer preflight requests itself; without origins there is none.
      this.api.addOverride('dynamic.cors_configuration', {
        for_each: `\${length(var.${originsVariable}) > 0 ? [var.${originsVariable}] : []}`,
        content: { allow_origins: `\${cors_configuration.value}`, ...cors },
      });
    }
  }

  get id(): string {
    return this.api.id;
  }

  /** Where callers reach it: `https://…`, without a slash at its end. */
  get url(): string {
    if (this.#domainVariable === undefined) return this.api.apiEndpoint;
    const domain = `var.${this.#domainVariable}`;
    return `\${${domain} == "" ? ${this.api.fqn}.api_endpoint : join("", ["https://", ${domain}])}`;
  }

  /**
   * The source ARN of a route's invocations, and with `*` in place of a parameter what a policy names to let somebody
   * call it.
   * @param routeKey e.g. `GET /sessions/{sessionId}`
   */
  routeArn(routeKey: string): string {
    const [method, path] = routeKey.split(' ');
    return `${this.api.executionArn}/${this.stageName}/${method}${path}`;
  }
}

/** What pages of an allowed origin may do, and see besides the body. */
const cors = {
  allow_methods: ['GET', 'POST', 'DELETE'],
  allow_headers: ['authorization', 'content-type'],
  expose_headers: ['location', 'retry-after'],
  max_age: 3600, // seconds that a browser remembers it for
};
