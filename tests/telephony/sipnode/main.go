// Command sipnode registers with livekit-server as a SIP node and lets a test decide how each call goes.
//
// livekit-server hands CreateSIPParticipant and TransferSIPParticipant to a SIP node over Redis. This one posts
// the request as JSON to CARRIER + "/dial" or CARRIER + "/transfer" and returns what the carrier answered:
//
//	{"participant_id": "PA_…", "participant_identity": "…"}   the phone is in the room, or has answered
//	{"sip_status": 486, "reason": "Busy Here"}                the carrier refused with a SIP status
//	{"error": "canceled", "reason": "sip request timed out"}  the call ended without a SIP status
//
// When livekit-server's deadline for the request passes, the post is cancelled too: the carrier stops ringing.
// It prints "ready" when it is registered, and ends on SIGTERM, on SIGINT, and when its parent is gone.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/rpc"
	"github.com/livekit/psrpc"
	"github.com/redis/go-redis/v9"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

type node struct {
	carrier string
	server  rpc.SIPInternalServer
}

type answer struct {
	ParticipantID       string `json:"participant_id"`
	ParticipantIdentity string `json:"participant_identity"`
	SIPStatus           int32  `json:"sip_status"`
	Error               string `json:"error"`
	Reason              string `json:"reason"`
}

// err returns what livekit-sip would report, or nil when the carrier accepted.
func (a *answer) err() error {
	switch {
	case a.SIPStatus != 0:
		return &livekit.SIPStatus{Code: livekit.SIPStatusCode(a.SIPStatus), Status: a.Reason}
	case a.Error != "":
		return psrpc.NewErrorf(psrpc.ErrorCode(a.Error), "%s", a.Reason)
	}
	return nil
}

func (n *node) ask(ctx context.Context, path string, request proto.Message) (*answer, error) {
	body, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(request)
	if err != nil {
		return nil, psrpc.NewError(psrpc.InvalidArgument, err)
	}
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, n.carrier+path, bytes.NewReader(body))
	if err != nil {
		return nil, psrpc.NewError(psrpc.Internal, err)
	}
	post.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(post)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return nil, psrpc.NewErrorf(psrpc.Canceled, "sip request timed out")
	}
	if err != nil {
		return nil, psrpc.NewError(psrpc.Unavailable, err)
	}
	defer response.Body.Close()
	var a answer
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil || response.StatusCode != http.StatusOK {
		return nil, psrpc.NewErrorf(psrpc.Internal, "the carrier answered %s, not the JSON that is expected", response.Status)
	}
	return &a, a.err()
}

func (n *node) CreateSIPParticipant(ctx context.Context, request *rpc.InternalCreateSIPParticipantRequest) (*rpc.InternalCreateSIPParticipantResponse, error) {
	if err := n.server.RegisterTransferSIPParticipantTopic(request.SipCallId); err != nil {
		return nil, err
	}
	a, err := n.ask(ctx, "/dial", request)
	if err != nil {
		n.server.DeregisterTransferSIPParticipantTopic(request.SipCallId)
		return nil, err
	}
	return &rpc.InternalCreateSIPParticipantResponse{
		ParticipantId: a.ParticipantID, ParticipantIdentity: a.ParticipantIdentity, SipCallId: request.SipCallId,
	}, nil
}

func (n *node) TransferSIPParticipant(ctx context.Context, request *rpc.InternalTransferSIPParticipantRequest) (*emptypb.Empty, error) {
	_, err := n.ask(ctx, "/transfer", request)
	return &emptypb.Empty{}, err
}

func waitForTheEnd() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	for parent := os.Getppid(); os.Getppid() == parent; {
		select {
		case <-stop:
			return
		case <-time.After(time.Second):
		}
	}
}

func main() {
	redisAddress := flag.String("redis", "127.0.0.1:6379", "the Redis that livekit-server uses")
	carrier := flag.String("carrier", "", "base URL of the test's carrier")
	flag.Parse()

	n := &node{carrier: *carrier}
	bus := psrpc.NewRedisMessageBus(redis.NewClient(&redis.Options{Addr: *redisAddress}))
	server, err := rpc.NewSIPInternalServer(n, bus)
	if err != nil {
		log.Fatal(err)
	}
	n.server = server
	if err := server.RegisterCreateSIPParticipantTopic(""); err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready")
	waitForTheEnd()
	server.Kill()
}
