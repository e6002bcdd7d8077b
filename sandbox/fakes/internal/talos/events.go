package talos

import (
	"context"
	"sync"

	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/google/uuid"
)

// eventPrefix is how Talos writes type URLs of events.
const eventPrefix = "talos/runtime/"

// eventLog keeps the events of a machine since it booted.
type eventLog struct {
	mu      sync.Mutex
	first   int // number of the oldest event kept
	events  []*machineapi.Event
	changed chan struct{}
}

func newEventLog() *eventLog { return &eventLog{changed: make(chan struct{})} }

const mostEvents = 1000

func (l *eventLog) add(actor string, payload proto.Message) {
	value, err := proto.Marshal(payload)
	if err != nil {
		return
	}
	event := &machineapi.Event{
		Id: uuid.NewString(), ActorId: actor,
		Data: &anypb.Any{TypeUrl: eventPrefix + string(payload.ProtoReflect().Descriptor().FullName()), Value: value},
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, event)
	if over := len(l.events) - mostEvents; over > 0 {
		l.events, l.first = l.events[over:], l.first+over
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// clear forgets everything, as a reboot does.
func (l *eventLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.first += len(l.events)
	l.events = nil
}

// follow sends events until the context ends: the last tail of them first (all for a negative tail).
func (l *eventLog) follow(ctx context.Context, request *machineapi.EventsRequest, send func(*machineapi.Event) error) error {
	l.mu.Lock()
	next := l.first + len(l.events)
	if tail := int(request.GetTailEvents()); tail < 0 {
		next = l.first
	} else if tail > 0 {
		next = max(l.first, next-tail)
	}
	if id := request.GetTailId(); id != "" {
		for i, event := range l.events {
			if event.GetId() == id {
				next = l.first + i + 1
			}
		}
	}
	l.mu.Unlock()
	for {
		l.mu.Lock()
		next = max(next, l.first)
		batch := append([]*machineapi.Event(nil), l.events[next-l.first:]...)
		changed := l.changed
		l.mu.Unlock()
		for _, event := range batch {
			next++
			if actor := request.GetWithActorId(); actor != "" && event.GetActorId() != actor {
				continue
			}
			// A copy, because routing writes the name of the machine into what is sent.
			if err := send(proto.Clone(event).(*machineapi.Event)); err != nil { //nolint:forcetypeassert
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}
