// The peer of the health benchmark: grpc.health.v1 by gRPC C++'s asynchronous API, one thread, one completion queue, TLS.
// Usage: grpc_async_server ADDRESS:PORT CERTIFICATE KEY; ends on SIGTERM.
#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/grpcpp.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "grpc/health/v1/health.grpc.pb.h"

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

namespace {

// As many as the load has in flight, so that a request never waits for a place.
constexpr int kPlaces = 512;

// One place for a call: asks for a call, answers it, asks for the next.
class Place {
 public:
  Place(Health::AsyncService *service, grpc::ServerCompletionQueue *queue) : service_(service), queue_(queue) { Ask(); }

  void Proceed() {
    if (answered_) {
      Ask();
      return;
    }
    HealthCheckResponse answer;
    answer.set_status(HealthCheckResponse::SERVING);
    answered_ = true;
    writer_->Finish(answer, grpc::Status::OK, this);
  }

 private:
  void Ask() {
    answered_ = false;
    context_ = std::make_unique<grpc::ServerContext>();
    writer_ = std::make_unique<grpc::ServerAsyncResponseWriter<HealthCheckResponse>>(context_.get());
    service_->RequestCheck(context_.get(), &request_, writer_.get(), queue_, queue_, this);
  }

  Health::AsyncService *service_;
  grpc::ServerCompletionQueue *queue_;
  std::unique_ptr<grpc::ServerContext> context_;
  std::unique_ptr<grpc::ServerAsyncResponseWriter<HealthCheckResponse>> writer_;
  HealthCheckRequest request_;
  bool answered_ = false;
};

std::string ReadFile(const char *path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 4) {
    std::cerr << "Usage: grpc_async_server ADDRESS:PORT CERTIFICATE KEY\n";
    return 2;
  }
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({ReadFile(argv[3]), ReadFile(argv[2])});

  Health::AsyncService service;
  grpc::ServerBuilder builder;
  builder.SetOption(std::make_unique<grpc::HealthCheckServiceServerBuilderOption>(nullptr));
  grpc::EnableDefaultHealthCheckService(false);
  builder.AddListeningPort(argv[1], grpc::SslServerCredentials(tls));
  builder.RegisterService(&service);
  auto queue = builder.AddCompletionQueue();
  auto server = builder.BuildAndStart();
  if (!server) return 1;

  std::vector<std::unique_ptr<Place>> places;
  for (int i = 0; i < kPlaces; i++) places.push_back(std::make_unique<Place>(&service, queue.get()));
  void *tag;
  bool ok;
  // Not ok is an answer whose client has gone; its place is free again.
  while (queue->Next(&tag, &ok)) static_cast<Place *>(tag)->Proceed();
  return 0;
}
