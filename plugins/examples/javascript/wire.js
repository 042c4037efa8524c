// The services of the wire, read from its .proto files: they are the contract.
import protobuf from 'protobufjs';
import base from '../../sdk/proto/paifang/provider/v1/base.proto';
import common from '../../sdk/proto/paifang/provider/v1/common.proto';
import flow from '../../sdk/proto/paifang/provider/v1/flow.proto';
import market from '../../sdk/proto/paifang/provider/v1/market.proto';

const root = new protobuf.Root();
for (const name of ['timestamp', 'duration']) {
  root.addJSON(protobuf.common.get(`google/protobuf/${name}.proto`).nested);
}
for (const source of [common, flow, base, market]) protobuf.parse(source, root, { keepCase: true });
root.resolveAll();

const write = (type) => (value) => Buffer.from(type.encode(type.fromObject(value)).finish());
const read = (type) => (bytes) => type.toObject(type.decode(bytes), { defaults: true, longs: Number });

// service describes a service to a gRPC server, its methods in lower camel case.
export function service(name) {
  const { methodsArray, fullName } = root.lookupService(`paifang.provider.v1.${name}`);
  return Object.fromEntries(methodsArray.map((method) => [method.name[0].toLowerCase() + method.name.slice(1), {
    path: `/${fullName.slice(1)}/${method.name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: write(method.resolvedRequestType),
    requestDeserialize: read(method.resolvedRequestType),
    responseSerialize: write(method.resolvedResponseType),
    responseDeserialize: read(method.resolvedResponseType),
  }]));
}
