"""A gRPC server that answers as a test says: an independent implementation (grpcio) for the client's tests.

The messages come from the project's own .proto files, compiled by protoc into a temporary folder.
"""
import concurrent.futures
import os
import subprocess
import sys
import threading

import grpc
from google.protobuf import any_pb2
from google.protobuf import message_factory

import scratch

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MESSAGE_LIMIT = 64 * 1024 * 1024


def compile_protos():
    """Puts the generated modules on sys.path, by use_protos. Imports must follow it. Answers their folder."""
    out = scratch.folder("pbc-protos-")
    proto = os.path.join(ROOT, "proto")
    files = []
    for folder, _, names in os.walk(proto):
        files += [os.path.relpath(os.path.join(folder, n), proto) for n in names if n.endswith(".proto")]
    subprocess.run(["protoc", f"-I{proto}", f"--python_out={out}", *sorted(files)], check=True)
    use_protos(out)
    return out


def use_protos(out):
    """For a process beside the one that compiled them."""
    # google and grpc are packages of the system; the generated ones come in beside them.
    sys.path.insert(0, out)
    for package in ("google", "grpc"):
        module = sys.modules.get(package) or __import__(package)
        module.__path__.append(os.path.join(out, package))


def refuse(context, code, message, reason=None, hint=None, fields=()):
    """Ends the call as pbcd refuses: google.rpc.Status in the trailers."""
    from google.rpc import error_details_pb2, status_pb2
    status = status_pb2.Status(code=code.value[0], message=message)
    if reason or hint:
        info = error_details_pb2.ErrorInfo(reason=reason or "", domain="pbc")
        if hint:
            info.metadata["hint"] = hint
        status.details.append(pack(info))
    if fields:
        bad = error_details_pb2.BadRequest()
        for field, description in fields:
            bad.field_violations.add(field=field, description=description)
        status.details.append(pack(bad))
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, message)


def pack(message):
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed


class FakePbcd(grpc.GenericRpcHandler):
    """handlers[method] is a function of (request, context); requests[method] lists what came."""

    def __init__(self, certificates, port=0, server_name="server"):
        import pbc.v1  # noqa: F401
        self.handlers = {}
        self.requests = {}
        self.methods = self._methods()
        self.lock = threading.Lock()
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(8), handlers=(self,), options=[
            ("grpc.max_receive_message_length", MESSAGE_LIMIT), ("grpc.so_reuseport", 0),
            ("grpc.max_send_message_length", MESSAGE_LIMIT)])
        read = lambda name: open(os.path.join(certificates, name), "rb").read()  # noqa: E731
        self.port = self.server.add_secure_port(f"127.0.0.1:{port}", grpc.ssl_server_credentials(
            [(read(f"{server_name}.key"), read(f"{server_name}.pem"))], read("ca.pem"), True))
        self.server.start()

    @staticmethod
    def _methods():
        import importlib
        methods = {}
        for module in ("pbc.v1.activity", "pbc.v1.budget", "pbc.v1.business_case", "pbc.v1.contract",
                       "pbc.v1.invoice", "pbc.v1.ledger", "pbc.v1.operation", "pbc.v1.reference",
                       "pbc.v1.report", "pbc.v1.settlement", "pbc.v1.tariff", "pbc.v1.upload", "grpc.health.v1.health"):
            descriptor = importlib.import_module(module + "_pb2").DESCRIPTOR
            for service in descriptor.services_by_name.values():
                for method in service.methods:
                    methods[f"/{service.full_name}/{method.name}"] = method
        return methods

    def service(self, details):
        method = self.methods.get(details.method)
        if method is None or method.name not in self.handlers:
            return None
        make = message_factory.MessageFactory().GetPrototype
        options = {"request_deserializer": make(method.input_type).FromString,
                   "response_serializer": make(method.output_type).SerializeToString}

        def unary(request, context):
            with self.lock:
                self.requests.setdefault(method.name, []).append(request)
            return self.handlers[method.name](request, context)

        if method.name == "UploadFile":
            return grpc.stream_unary_rpc_method_handler(self.handlers[method.name], **options)
        if method.name.startswith("Watch"):
            return grpc.unary_stream_rpc_method_handler(unary, **options)
        return grpc.unary_unary_rpc_method_handler(unary, **options)

    def count(self, method):
        return len(self.requests.get(method, []))

    def reset(self):
        self.requests.clear()
        self.handlers.clear()

    def stop(self):
        self.server.stop(0).wait()
