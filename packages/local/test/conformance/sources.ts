import type { Check } from './check.ts';

/** The sources that checks cite, as the facts page numbers them. */
export const sources: Readonly<Record<string, string>> = {
  S1: 'API Gateway Developer Guide, "Manage connected users and client apps: $connect and $disconnect routes" - docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html',
  S2: 'wscat transcript against an API in ap-northeast-1 (`$connect` with ?status=200/201/301/401/501 and ?exc, `$default` with the same), public GitHub markdown titled "websocket"',
  S3: 'Developer Guide, "Output from an API Gateway Lambda authorizer" and "Use API Gateway Lambda authorizers"',
  S4: 'Developer Guide, "Create a Lambda REQUEST authorizer function" - .../apigateway-websocket-api-lambda-auth.html',
  S5: 'dev.to/marcogrcr "API Gateway + Lambda authorizer + Lambda proxy integration failure modes" (REST API)',
  S6: 'serverless/examples issue 557 (WebSocket authorizer returning a non-policy object gives 500)',
  S7: 'the same as S5',
  S8: 'terraform-aws-modules/terraform-aws-apigateway-v2 issue 8',
  S9: 'Developer Guide, "Set up a $connect route that requires a WebSocket subprotocol" - .../websocket-connect-route-subprotocol.html',
  S10: 'serverless/serverless-websockets-plugin issue 13; mavi888/websockets-chat issue 1',
  S11: 'hashicorp/terraform-provider-aws issue 14742 and PR 43307; pulumi/pulumi-aws issue 2363',
  S12: 'dherault/serverless-offline, tests/manual/websocket (suite meant to run against AWS and the emulator), commit d243b3e',
  S13: 'dherault/serverless-offline issue 1176; localstack/localstack issue 6521',
  S15: 'captured $connect and $disconnect events of one connection (connected 1708326702789, disconnected 1708327306706) in a public pytest file',
  S16: 'typelevel/feral, ApiGatewayV2WebSocketEventSuite.scala',
  S17: 'aws/aws-lambda-go, events/testdata/apigw-websocket-request-send-message.json and ...-disconnect.json (PR 548)',
  S18: 'aws/chalice issue 2060 and boto/boto3 issue 3789 (execution log of $disconnect after DELETE)',
  S19: 'dherault/serverless-offline, src/events/websocket (emulator, not AWS)',
  S20: 'Developer Guide, "WebSocket API mapping template reference"',
  S21: 'botocore 1.43.107 (2026-10-01) service model apigatewayv2',
  S22: 'Developer Guide, "Quotas for configuring and running a WebSocket API in API Gateway" - .../apigateway-execution-service-websocket-limits-table.html',
  S24: 'awsdocs/amazon-api-gateway-developer-guide issue 121',
  S26: 'Developer Guide, "Create routes for WebSocket APIs" and "WebSocket selection expressions"',
  S27: 'aws-samples/simple-websockets-chat-app issue 24, and several public READMEs with the raw frame',
  S28: 'Kludex/mangum issue 128; repost.aws "Api Gateway Websocket API 30s timeout"',
  S30: 'Developer Guide, "Set up route responses for a WebSocket API"',
  S31: 'Developer Guide, "Set up a WebSocket API integration response" and "Invoke your backend integration with the $default route and custom routes"',
  S32: 'yai333/React-Chat-App-using-AWS-API-Gateway-Websocket-and-Serverless-Framework issue 2',
  S33: 'Developer Guide, "Binary media types for WebSocket APIs"',
  S35: 'botocore 1.43.107 service model apigatewaymanagementapi',
  S36: 'csdcorp.com "AWS Websocket 403 Using PostToConnect"',
  S37: 'aws/aws-sdk-js issue 3636',
  S38: 're:Post knowledge center "410 GoneException" - repost.aws/knowledge-center/410-gone-api-gateway',
  S40: 'Developer Guide, "Control access to WebSocket APIs with IAM authorization"',
  S41: 'hotsock.io/docs/connections/keep-alive',
  S46: 'hashicorp/terraform-provider-aws internal/service/apigatewayv2/stage.go (2026) and website/docs/r/apigatewayv2_stage.html.markdown',
  S47: 'terraform-aws-modules/terraform-aws-apigateway-v2 issue 78',
  S78: 'Developer Guide, "Send data from backend services to connected clients"',
};

const NUMBERED = /\bS\d+\b/g;

/** The numbered sources of the checks, each once, in order. */
export function citedSources(checks: readonly Check[]): string[] {
  const cited = new Set(checks.flatMap(({ source }) => source.match(NUMBERED) ?? []));
  return [...cited].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
}

/** Sources that are cited and not listed, or listed and not cited. */
export function unknownSources(checks: readonly Check[]): string[] {
  const cited = citedSources(checks);
  const listed = Object.keys(sources);
  return [...cited.filter((one) => !listed.includes(one)), ...listed.filter((one) => !cited.includes(one))];
}
