// What the SDK does for providers in Go: the services of a market over the
// wire. Business outcomes are in the responses; a status is for faults only,
// and never says what a person typed.
import { Server, status } from '@grpc/grpc-js';
import { shakeHands } from './handshake.js';
import { service } from './wire.js';

const maxMessage = 4 << 20;

class Fault extends Error {
  constructor(code, details) {
    super(details);
    Object.assign(this, { code, details });
  }
}

// answered makes a gRPC handler of a function from request to response. A call whose
// time is over is not begun: nobody waits for its answer.
const answered = (f) => (call, done) => {
  const late = Number(call.getDeadline()) <= Date.now();
  Promise.resolve().then(() => {
    if (late) throw new Fault(status.DEADLINE_EXCEEDED, 'too late');
    return f(call.request);
  }).then(
    (response) => done(null, response),
    (error) => done(error instanceof Fault ? error : new Fault(status.INTERNAL, 'provider could not tell')),
  );
};

// gate lets calls in until the provider is drained, and waits for those inside.
function gate() {
  let inside = 0;
  let draining = false;
  const waiting = [];
  return {
    async pass(f) {
      if (draining) throw new Fault(status.UNAVAILABLE, 'draining');
      inside += 1;
      try {
        return await f();
      } finally {
        inside -= 1;
        if (inside === 0) waiting.splice(0).forEach((go) => go());
      }
    },
    drain() {
      draining = true;
      return inside === 0 ? Promise.resolve() : new Promise((go) => { waiting.push(go); });
    },
  };
}

const refused = (code) => ({ diagnostics: [{ code, key: `provider.${code}` }] });

const description = (market) => ({
  id: market.id,
  version: market.version,
  protocol_min: 1,
  protocol_max: 1,
  kinds: ['PROVIDER_KIND_MARKET'],
  tenant_schema: Buffer.from(JSON.stringify(market.tenantSchema)),
  flows: [market.flow],
  catalogues: Object.entries(market.messages).map(([locale, texts]) => ({
    locale,
    messages: Object.fromEntries(Object.entries(texts).map(([key, other]) => [key, { forms: { other } }])),
  })),
});

function base(market, doors) {
  return {
    describe: () => description(market),
    validateConfig({ config, tenant }) {
      if (!tenant) return config.length > 0 ? refused('config.unexpected') : {};
      try {
        market.validateTenant(config);
      } catch {
        return refused('config.invalid');
      }
      return {};
    },
    configure: ({ config }) => (config.length > 0 ? refused('config.unexpected') : {}),
    health: () => ({ ready: true }),
    drain: () => doors.drain().then(() => ({})),
  };
}

function evaluate(market, request) {
  if (request.market !== market.id || !market.flow.steps.some((step) => step.id === request.step)) {
    throw new Fault(status.INVALID_ARGUMENT, 'no such step in this market');
  }
  const { seconds = 0, nanos = 0 } = request.time ?? {};
  return market.evaluate({ ...request, now: Number(seconds) * 1000 + nanos / 1e6 });
}

// serve serves a market until the host ends the process.
export async function serve(market) {
  const doors = gate();
  const server = new Server({
    'grpc.max_receive_message_length': maxMessage,
    'grpc.max_send_message_length': maxMessage,
  });
  const handlers = (functions) => Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, answered(f)]));
  server.addService(service('BaseService'), handlers(base(market, doors)));
  server.addService(service('MarketService'), handlers({
    evaluate: (request) => doors.pass(() => evaluate(market, request)),
  }));
  await shakeHands(server);
}
