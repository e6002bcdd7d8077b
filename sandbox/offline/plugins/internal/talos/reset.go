package talos

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/siderolabs/talos/cmd/talosctl/pkg/talos/action"
	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"google.golang.org/grpc"
)

// resetMachine wipes the machine when its configuration said so before: the partitions STATE and EPHEMERAL, nothing
// else. It waits until the machine has stopped its services and, with reboot, until it is up again.
func resetMachine(ctx context.Context, state resource.PropertyMap) error {
	wanted := fieldsOf(state, "onDestroy")
	if !flagOf(wanted, "reset") {
		return nil
	}
	credentials := fieldsOf(state, "clientConfiguration")
	if credentials == nil {
		return errors.New("onDestroy.reset: the credentials are not in the state — clientConfigurationWo is not kept; " +
			"use clientConfiguration")
	}
	timeout, err := timeoutOf(state, "delete")
	if err != nil {
		return err
	}
	target, err := machineOf(state, credentials)
	if err != nil {
		return err
	}
	options := []action.TrackerOption{action.WithDebug(false), action.WithTimeout(timeout)}
	if flagOf(wanted, "reboot") {
		options = append(options, action.WithPostCheck(target.cameBack))
	}
	err = target.call(ctx, func(_ context.Context, c *client.Client) error {
		executor := onMachine{client: c, node: target.node}
		return action.NewTracker(executor, action.StopAllServicesEventFn, func(ctx context.Context, c *client.Client) (string, error) {
			return startReset(ctx, c, flagOf(wanted, "graceful"), flagOf(wanted, "reboot"))
		}, options...).Run() //nolint:contextcheck // the tracker takes its context from the executor
	})
	if err != nil {
		return fmt.Errorf("reset %s: %w", target.node, err)
	}
	return nil
}

// startReset asks for the reset and gives the name under which its progress is reported.
func startReset(ctx context.Context, c *client.Client, graceful, reboot bool) (string, error) {
	answer, err := c.ResetGenericWithResponse(ctx, &machineapi.ResetRequest{
		Graceful: graceful,
		Reboot:   reboot,
		SystemPartitionsToWipe: []*machineapi.ResetPartitionSpec{
			{Label: "STATE", Wipe: true},
			{Label: "EPHEMERAL", Wipe: true},
		},
	})
	if err != nil {
		return "", err //nolint:wrapcheck // shown as the machine said it
	}
	if len(answer.GetMessages()) == 0 {
		return "", errors.New("the machine gave no answer to the reset")
	}
	return answer.GetMessages()[0].GetActorId(), nil
}

// cameBack is satisfied by a machine in maintenance, or by one with another boot id than before.
func (m machine) cameBack(ctx context.Context, c *client.Client, bootIDBefore string) error {
	maintenance, err := client.New(ctx,
		client.WithTLSConfig(&tls.Config{InsecureSkipVerify: true}), //nolint:gosec // no identity in maintenance
		client.WithEndpoints(m.endpoint),
	)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", m.endpoint, err)
	}
	defer maintenance.Close() //nolint:errcheck // the answer is there already
	if _, err := maintenance.Disks(client.WithNode(ctx, m.node)); err == nil {
		return nil
	}
	return action.BootIDChangedPostCheckFn(ctx, c, bootIDBefore) //nolint:wrapcheck // polled
}

// onMachine lets the tracker work over a connection that exists.
type onMachine struct {
	client *client.Client
	node   string
}

func (m onMachine) WithClient(do func(context.Context, *client.Client) error, _ ...grpc.DialOption) error {
	return do(client.WithNodes(context.Background(), m.node), m.client)
}

func (m onMachine) NodeList() []string { return []string{m.node} }
