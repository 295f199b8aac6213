import { Apigatewayv2Api } from '@cdktf/provider-aws/lib/apigatewayv2-api/index.js';
import { Construct } from 'constructs';

export interface WebSocketApiProps {
  readonly name: string;
  /** The API's only stage; `WebSocketStage` makes it. Its name is needed before, by whatever points at the stage. */
  readonly stageName: string;
  /** Name of the Terraform variable with the API's own domain, which may be empty. Absent: it has none. */
  readonly domainVariable?: string;
}

/**
 * A WebSocket API that routes each message by its `action`.
 *
 * Addresses and ARNs of the stage are made from the API, not read from the stage: the stage needs the routes,
 * the routes need the functions, and the functions need the addresses.
 */
export class WebSocketApi extends Construct {
  readonly api: Apigatewayv2Api;
  readonly stageName: string;
  readonly #domainVariable: string | undefined;

  constructor(scope: Construct, id: string, { name, stageName, domainVariable }: WebSocketApiProps) {
    super(scope, id);
    if (!/^[\w-]{1,128}$/.test(stageName)) {
      throw new Error(`${this.node.path}: the stage name "${stageName}" must be 1 to 128 letters, digits, - and _`);
    }
    this.stageName = stageName;
    this.#domainVariable = domainVariable;
    this.api = new Apigatewayv2Api(this, 'api', {
      name,
      protocolType: 'WEBSOCKET',
      routeSelectionExpression: '$request.body.action',
    });
  }

  get id(): string {
    return this.api.id;
  }

  /** Where clients connect: `wss://…/<stage>`, or `wss://<domain>`. */
  get url(): string {
    return this.#address('wss', `${this.api.fqn}.api_endpoint`);
  }

  /** Where the service sends to connections and closes them: `https://…/<stage>`, or `https://<domain>`. */
  get managementEndpoint(): string {
    // ws to http, and so wss to https
    return this.#address('https', `replace(${this.api.fqn}.api_endpoint, "/^ws/", "http")`);
  }

  #address(protocol: string, endpoint: string): string {
    const ofStage = `join("/", [${endpoint}, "${this.stageName}"])`;
    if (this.#domainVariable === undefined) return `\${${ofStage}}`;
    const domain = `var.${this.#domainVariable}`;
    return `\${${domain} == "" ? ${ofStage} : join("", ["${protocol}://", ${domain}])}`;
  }

  /** The source ARN of a route's invocations. */
  routeArn(routeKey: string): string {
    return `${this.api.executionArn}/${this.stageName}/${routeKey}`;
  }

  /** All connections of the stage, for one verb of @connections. IAM has no finer resource that is known beforehand. */
  connectionsArn(verb: 'POST' | 'GET' | 'DELETE'): string {
    return `${this.api.executionArn}/${this.stageName}/${verb}/@connections/*`;
  }
}
