package talos

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/siderolabs/crypto/x509"
	"github.com/siderolabs/talos/pkg/machinery/client"
	clientconfig "github.com/siderolabs/talos/pkg/machinery/client/config"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// defaultTimeout of every operation on a machine.
const defaultTimeout = 10 * time.Minute

// machine is where an operation goes and with which credentials.
type machine struct {
	node        string
	endpoint    string
	credentials *clientconfig.Config
}

// machineOf reads the address and the credentials from a resource's or a function's properties.
func machineOf(values, credentials resource.PropertyMap) (machine, error) {
	config, err := credentialsOf("dynamic", credentials)
	if err != nil {
		return machine{}, err
	}
	node, endpoint := textOf(values, "node"), textOf(values, "endpoint")
	if endpoint == "" {
		endpoint = node
	}
	return machine{node: node, endpoint: endpoint, credentials: config}, nil
}

// credentialsOf turns a clientConfiguration (base64 of PEM) into the form the Talos client reads.
func credentialsOf(context string, values resource.PropertyMap) (*clientconfig.Config, error) {
	var pem [3][]byte
	for i, key := range []resource.PropertyKey{"caCertificate", "clientCertificate", "clientKey"} {
		decoded, err := base64.StdEncoding.DecodeString(textOf(values, key))
		if err != nil {
			return nil, fmt.Errorf("clientConfiguration.%s: must be base64 of PEM: %w", key, err)
		}
		pem[i] = decoded
	}
	pair := &x509.PEMEncodedCertificateAndKey{Crt: pem[1], Key: pem[2]}
	return clientconfig.NewConfig(context, nil, pem[0], pair), nil
}

// call connects to the machine and does something there.
//
// A machine in maintenance has no identity and asks for none, so the first attempt is made without verification and
// without a certificate; only when that is refused, the machine is configured and both sides show certificates.
func (m machine) call(ctx context.Context, do func(context.Context, *client.Client) error) error {
	ctx = client.WithNode(ctx, m.node)
	connection, err := client.New(ctx,
		client.WithTLSConfig(&tls.Config{InsecureSkipVerify: true}), //nolint:gosec // no identity in maintenance
		client.WithEndpoints(m.endpoint),
	)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", m.endpoint, err)
	}
	if _, err = connection.Disks(ctx); err != nil {
		_ = connection.Close() // nothing was sent that closing could lose
		connection, err = client.New(ctx, client.WithConfig(m.credentials), client.WithEndpoints(m.endpoint))
		if err != nil {
			return fmt.Errorf("connect to %s with credentials: %w", m.endpoint, err)
		}
	}
	defer connection.Close() //nolint:errcheck // the answer is there already
	return do(ctx, connection)
}

// callUntil repeats the call while it fails and time is left. What a machine calls invalid is final.
func (m machine) callUntil(
	ctx context.Context, timeout time.Duration, do func(context.Context, *client.Client) error,
) error {
	return retry(ctx, timeout, func(ctx context.Context) error { return m.call(ctx, do) })
}

// Waits between attempts grow from the first to the last.
var (
	firstWait = 500 * time.Millisecond
	lastWait  = 10 * time.Second
)

func retry(ctx context.Context, timeout time.Duration, attempt func(context.Context) error) error {
	deadline, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var last error
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		err := attempt(deadline)
		if err == nil {
			return nil
		}
		if status.Code(err) == codes.InvalidArgument || errors.As(err, new(finalError)) {
			return err
		}
		// an attempt that the deadline cut short says less than the one before
		if last == nil || deadline.Err() == nil {
			last = err
		}
		select {
		case <-deadline.Done():
			if cause := context.Cause(ctx); cause != nil {
				return fmt.Errorf("%w; last answer: %w", cause, last)
			}
			return fmt.Errorf("gave up after %s: %w", timeout, last)
		case <-time.After(wait):
		}
	}
}

// finalError is one that trying again does not help.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

// timeoutOf reads one of the timeouts.
func timeoutOf(values resource.PropertyMap, key resource.PropertyKey) (time.Duration, error) {
	written := textOf(fieldsOf(values, "timeouts"), key)
	if written == "" {
		return defaultTimeout, nil
	}
	timeout, err := time.ParseDuration(written)
	if err != nil {
		return 0, fmt.Errorf("timeouts.%s: %q — must be a duration such as 20m: %w", key, written, err)
	}
	return timeout, nil
}

func endpointFromNode(p *plan) bool {
	node, endpoint := p.inputs["node"], p.inputs["endpoint"]
	if node.ContainsUnknowns() || endpoint.ContainsUnknowns() {
		return false
	}
	if endpoint.IsNull() || !endpoint.IsString() {
		p.state["endpoint"] = node
	}
	return true
}

// clientSchema describes clientConfiguration.
func clientSchema(writeOnly bool) schema {
	return schema{
		"caCertificate":     {required: true, secret: writeOnly},
		"clientCertificate": {required: true, secret: writeOnly},
		"clientKey":         {required: true, secret: true},
	}
}

func timeoutsSchema(keys ...resource.PropertyKey) attribute {
	fields := schema{}
	for _, key := range keys {
		fields[key] = attribute{}
	}
	return attribute{kind: object, fields: fields}
}

// credentialsIn gives the credentials a program passed, whichever of the two ways it took.
func credentialsIn(inputs resource.PropertyMap) resource.PropertyMap {
	if fields := fieldsOf(inputs, "clientConfigurationWo"); fields != nil {
		return fields
	}
	return fieldsOf(inputs, "clientConfiguration")
}
