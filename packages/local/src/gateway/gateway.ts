import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { requestTarget } from '../request-target.ts';
import { Connection } from './connection.ts';
import { createContext, type GatewayContext, reportError } from './context.ts';
import { closeConnection, deliverDisconnect, ENDINGS, socketClosed } from './ending.ts';
import { FrameMeter } from './frame-meter.ts';
import { guardHooks } from './guard.ts';
import { type HandshakeResult, isOpen, performHandshake } from './handshake.ts';
import { asksForLocalTime, tellLocalTime, tellLocalTimeChanges } from './local-time.ts';
import { handleManagement } from './management.ts';
import { receiveMessage } from './messages.ts';
import type { ConnectionInfo, GatewayOptions } from './options.ts';
import { startSweep } from './sweep.ts';

/** Clients get this long to answer the close frame when the gateway stops. */
const STOP_GRACE_MS = 200;

/** The data plane of one WebSocket API, to be mounted on an HTTP server. */
export interface Gateway {
  /** For the server's `upgrade` event. Takes every request; those for none of its stages are refused. */
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** For the server's `request` event. @returns false: not a path of one of its stages, and left untouched */
  handleRequest(req: IncomingMessage, res: ServerResponse): boolean;
  /** Every open connection. */
  connections(): ConnectionInfo[];
  /** Cuts a connection's TCP socket, without a close frame, as a lost network does. @returns false: no such connection */
  cut(connectionId: string): boolean;
  /**
   * For so long (milliseconds of the clock) nothing reaches the connection's client, as if it read nothing: what is
   * sent waits in the connection's buffer. @returns false: no such connection
   */
  stall(connectionId: string, forMs: number): boolean;
  /**
   * Closes every connection with 1001, and cuts those that do not answer. No `$disconnect` is delivered: this is the
   * platform going away, not its clients. May be called twice.
   */
  stop(): Promise<void>;
}

/** @throws {Error} the API has a route selection expression or identity source that is not known */
export function createGateway(given: GatewayOptions): Gateway {
  const options = guardHooks(given);
  const context = createContext(options);
  const { connections, clock } = context;
  /** Of handshakes that wait for a function. */
  const pending = new Set<Duplex>();
  /** Every WebSocket until its TCP socket is closed, so also those whose connection has ended. */
  const sockets = new Set<WebSocket>();
  const server = createWebSocketServer(context);
  const stopSweep = startSweep(context);
  const stopTelling = tellLocalTimeChanges(context);
  let stopping: Promise<void> | undefined;

  async function upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', destroySocket);
    if (context.stopped) {
      refuse(socket, 503);
      return;
    }
    if (pending.size >= context.limits.pendingHandshakes) {
      refuse(socket, 429);
      options.onRefusal?.({ statusCode: 429, reason: `${pending.size} handshakes wait already` });
      return;
    }
    pending.add(socket);
    const result = await performHandshake(context, req, socket).finally(() => pending.delete(socket));
    if (context.stopped || result.kind === 'abandoned') {
      socket.destroy();
    } else if (result.kind === 'refused') {
      refuse(socket, result.statusCode);
      const { kind: _, ...refusal } = result;
      options.onRefusal?.(refusal);
    } else {
      accept(result, req, socket, head);
    }
  }

  function accept(accepted: Accepted, req: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { facts, stage } = accepted;
    const followsLocalTime = asksForLocalTime(req.headers['sec-websocket-protocol']);
    if (!isOpen(socket)) {
      // Gone while `$connect` ran: what that function stored has to be taken back, so it ends like any lost connection.
      // That AWS delivers `$disconnect` then is UNCONFIRMED.
      socket.destroy();
      deliverDisconnect(context, accepted, { statusCode: 1006, reason: '' });
      return;
    }
    server.accept(accepted, req, socket, head, (webSocket) => {
      const nowMs = clock.nowMs();
      const connection = new Connection({
        facts,
        stage,
        socket: webSocket,
        rawSocket: socket,
        nowMs,
        followsLocalTime,
      });
      sockets.add(webSocket);
      webSocket.on('close', () => sockets.delete(webSocket));
      connections.set(connection.id, connection);
      serve(context, connection, socket);
      if (followsLocalTime) tellLocalTime(context, connection);
      options.onConnection?.(connection.info());
    });
  }

  return {
    handleUpgrade(req, socket, head) {
      upgrade(req, socket, head).catch((error: unknown) => {
        reportError(context, error);
        refuse(socket, 500);
      });
    },

    handleRequest(req, res) {
      const { segments } = requestTarget(req.url);
      const [stage = '', keyword, connectionId] = segments;
      if (!context.stages.has(stage)) return false;
      const isManagement = keyword === '@connections' || keyword?.toLowerCase() === '%40connections';
      if (isManagement && connectionId !== undefined && segments.length === 3) {
        handleManagement(context, req, res, stage, connectionId).catch((error: unknown) => {
          reportError(context, error);
          res.destroy();
        });
      } else {
        req.resume();
        res.writeHead(426, { Connection: 'Upgrade', Upgrade: 'websocket', 'Content-Length': 0 }).end();
      }
      return true;
    },

    connections: () => [...connections.values()].map((connection) => connection.info()),

    cut(connectionId) {
      const connection = connections.get(connectionId);
      connection?.socket.terminate();
      return connection !== undefined;
    },

    stall(connectionId, forMs) {
      const rawSocket = connections.get(connectionId)?.rawSocket;
      rawSocket?.cork();
      clock.setTimer(() => rawSocket?.uncork(), forMs);
      return rawSocket !== undefined;
    },

    stop() {
      context.stopped = true;
      stopping ??= (async () => {
        stopSweep();
        stopTelling();
        for (const socket of pending) socket.destroy();
        for (const connection of [...connections.values()]) closeConnection(context, connection, ENDINGS.goingAway);
        const closed = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
        // Real time, whatever the clock: this is about our own process.
        let impatience: NodeJS.Timeout | undefined;
        const tired = new Promise((resolve) => {
          impatience = setTimeout(resolve, STOP_GRACE_MS);
        });
        await Promise.race([Promise.all(closed), tired]);
        clearTimeout(impatience);
        for (const socket of sockets) socket.terminate();
      })();
      return stopping;
    },
  };
}

type Accepted = HandshakeResult & { kind: 'accepted' };

/** ws, for the framing alone: the handshake's decisions have been made. */
function createWebSocketServer({ limits }: GatewayContext) {
  let subprotocol: string | undefined;
  const serverOptions = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.messageBytes,
    closeTimeout: limits.closeTimeoutMs, // known to ws 8.23, not yet to its types
  };
  const server = new WebSocketServer(serverOptions);
  server.on('headers', (headers) => {
    if (subprotocol !== undefined) headers.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
  });
  return {
    accept(accepted: Accepted, req: IncomingMessage, socket: Duplex, head: Buffer, onOpen: (ws: WebSocket) => void) {
      // ws would choose a subprotocol of the client's by itself. API Gateway does not: only the function's header counts.
      delete req.headers['sec-websocket-protocol'];
      subprotocol = accepted.subprotocol;
      server.handleUpgrade(req, socket, head, onOpen);
      subprotocol = undefined;
    },
  };
}

/** Listens to an open connection. */
function serve(context: GatewayContext, connection: Connection, rawSocket: Duplex): void {
  const { limits } = context;
  const { socket } = connection;
  const meter = new FrameMeter(limits);

  // Before ws's own listener, so that the message of a bad frame is marked before ws tells it.
  rawSocket.prependListener('data', (chunk: Buffer) => {
    const violation = meter.read(chunk);
    if (violation === undefined) return;
    connection.firstRefusedMessage = meter.messages;
    // After ws has told the good messages that came in the same chunk.
    process.nextTick(() => {
      closeConnection(context, connection, violation === 'binary' ? ENDINGS.binary : ENDINGS.tooLarge);
    });
  });
  socket.on('message', (data) => {
    connection.messagesSeen++;
    if (connection.ended || connection.messagesSeen >= connection.firstRefusedMessage) return;
    try {
      receiveMessage(context, connection, data.toString());
    } catch (error) {
      reportError(context, error);
    }
  });
  socket.on('error', (error) => {
    // ws closes by itself after a violation of the protocol, and tells the code it used only in this roundabout way.
    if (!('code' in error) || !String(error.code).startsWith('WS_ERR_')) return;
    connection.protocolErrorCode ??= error.code === 'WS_ERR_INVALID_UTF8' ? 1007 : 1002;
  });
  socket.on('close', (code, reason) => socketClosed(context, connection, code, reason.toString()));
}

/** Refuses a handshake. Body and headers of the function's answer do not reach the client (UNCONFIRMED). */
function refuse(socket: Duplex, statusCode: number): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const reason = STATUS_CODES[statusCode] ?? 'Refused';
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${statusCode} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function destroySocket(this: Duplex): void {
  this.destroy();
}
