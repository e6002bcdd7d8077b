package command

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

// Fallbacks of a connection.
const (
	sshUser           = "root"
	sshPort           = 22
	dialErrorLimit    = 10
	perDialTimeout    = 15 // seconds
	unlimitedAttempts = -1
)

// Waits between attempts to connect grow from the first to the last.
var (
	firstWait = 100 * time.Millisecond
	lastWait  = 5 * time.Second
)

func connectionKinds() map[resource.PropertyKey]kind {
	return map[resource.PropertyKey]kind{
		"user": isText, "password": isText, "host": isText, "port": isNumber, "privateKey": isText,
		"privateKeyPassword": isText, "agentSocketPath": isText, "dialErrorLimit": isNumber, "perDialTimeout": isNumber,
		"hostKey": isText, "proxy": isObject,
	}
}

// remoteCommand is command:remote:Command.
func remoteCommand() *managed {
	kinds := lifeKinds()
	maps.Copy(kinds, map[resource.PropertyKey]kind{
		"connection": isObject, "stdin": isText, "logging": isLogging, "environment": isTextMap,
		"addPreviousOutputInEnv": isFlag,
	})
	return lifeOf(&managed{
		kinds: kinds, required: []resource.PropertyKey{"connection"}, secret: []resource.PropertyKey{"connection"},
		made:     func(resource.PropertyMap) []resource.PropertyKey { return []resource.PropertyKey{"stdout", "stderr"} },
		complete: completeConnection,
	}, runRemotely)
}

// completeConnection fills in the fallbacks of a connection and of the proxy it goes through.
func completeConnection(inputs resource.PropertyMap) (resource.PropertyMap, []plugin.CheckFailure) {
	completed := maps.Clone(inputs)
	connection := inputs["connection"]
	if !connection.IsObject() {
		return completed, nil
	}
	values, failures := completeHost("connection.", connection.ObjectValue())
	if proxy := values["proxy"]; proxy.IsObject() {
		through, more := completeHost("connection.proxy.", proxy.ObjectValue())
		values["proxy"], failures = resource.NewProperty(through), append(failures, more...)
	}
	completed["connection"] = resource.NewProperty(values)
	return completed, failures
}

func completeHost(prefix string, values resource.PropertyMap) (resource.PropertyMap, []plugin.CheckFailure) {
	completed := resource.PropertyMap{
		"user":           resource.NewProperty(sshUser),
		"port":           resource.NewProperty(float64(sshPort)),
		"dialErrorLimit": resource.NewProperty(float64(dialErrorLimit)),
		"perDialTimeout": resource.NewProperty(float64(perDialTimeout)),
	}
	for key, value := range values {
		if !value.IsNull() {
			completed[key] = value
		}
	}
	return completed, checkKinds(prefix, completed, connectionKinds(), "host")
}

// runRemotely runs a command on the machine at the other end of the connection.
func runRemotely(ctx context.Context, command string, inputs, before resource.PropertyMap) (resource.PropertyMap, error) {
	connection := inputs["connection"].ObjectValue()
	client, err := connect(ctx, connection)
	if err != nil {
		return nil, err
	}
	defer client.Close() //nolint:errcheck // the command is over
	stop := context.AfterFunc(ctx, func() { _ = client.Close() })
	defer stop()
	session, err := client.NewSession()
	if err != nil {
		return nil, fmt.Errorf("open a session on %s: %w", text(connection, "host"), err)
	}
	defer session.Close() //nolint:errcheck // the command is over
	for _, pair := range environment(inputs, before) {
		name, value, _ := strings.Cut(pair, "=")
		if err := session.Setenv(name, value); err != nil {
			return nil, fmt.Errorf("environment: %s does not accept variable %s (see AcceptEnv in sshd_config): %w",
				text(connection, "host"), name, err)
		}
	}
	if stdin := text(inputs, "stdin"); stdin != "" {
		session.Stdin = strings.NewReader(stdin)
	}
	streams := newStreams(ctx, text(inputs, "logging"))
	session.Stdout, session.Stderr = streams.stdout, streams.stderr
	err = session.Run(command)
	streams.close()
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, fmt.Errorf("%w: running %q:\n%s", err, command, streams.all.String())
	}
	return streams.outputs(), nil
}

// connect opens the connection, through a proxy when there is one.
func connect(ctx context.Context, to resource.PropertyMap) (*ssh.Client, error) {
	config, closeAgent, err := clientConfig(to)
	if err != nil {
		return nil, fmt.Errorf("connection: %w", err)
	}
	defer closeAgent()
	if !to["proxy"].IsObject() {
		return dialUntil(ctx, to, func() (*ssh.Client, error) { return dial(ctx, &net.Dialer{}, to, config) })
	}
	through := to["proxy"].ObjectValue()
	proxyConfig, closeProxyAgent, err := clientConfig(through)
	if err != nil {
		return nil, fmt.Errorf("connection.proxy: %w", err)
	}
	defer closeProxyAgent()
	proxy, err := dialUntil(ctx, through, func() (*ssh.Client, error) {
		return dial(ctx, &net.Dialer{}, through, proxyConfig)
	})
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	client, err := dialUntil(ctx, to, func() (*ssh.Client, error) { return dial(ctx, proxy, to, config) })
	if err != nil {
		_ = proxy.Close() // the error that matters is the other one
		return nil, err
	}
	return client, nil
}

// dialer is the network, or a machine one connects through.
type dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

func dial(ctx context.Context, from dialer, to resource.PropertyMap, config *ssh.ClientConfig) (*ssh.Client, error) {
	if config.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, config.Timeout)
		defer cancel()
	}
	address := net.JoinHostPort(text(to, "host"), strconv.Itoa(number(to, "port", sshPort)))
	conn, err := from.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err //nolint:wrapcheck // wrapped where the attempts are counted
	}
	// a machine that accepts and then says nothing is cut off with the attempt
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	secured, channels, requests, err := ssh.NewClientConn(conn, address, config)
	if err != nil {
		_ = conn.Close() // the error that matters is the other one
		return nil, err  //nolint:wrapcheck // wrapped where the attempts are counted
	}
	return ssh.NewClient(secured, channels, requests), nil
}

func dialUntil(ctx context.Context, to resource.PropertyMap, attempt func() (*ssh.Client, error)) (*ssh.Client, error) {
	host, limit := text(to, "host"), number(to, "dialErrorLimit", dialErrorLimit)
	for failed, wait := 1, firstWait; ; failed, wait = failed+1, min(2*wait, lastWait) {
		client, err := attempt()
		if err == nil {
			return client, nil
		}
		if limit != unlimitedAttempts && failed > limit {
			return nil, fmt.Errorf("connect to %s: after %d failed attempts: %w", host, failed, err)
		}
		provider.Status(ctx, fmt.Sprintf("attempt %d to connect to %s failed: %v", failed, host, err))
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("connect to %s: %w; last attempt: %w", host, context.Cause(ctx), err)
		case <-time.After(wait):
		}
	}
}

// clientConfig gathers how one proves who one is: key, password, agent, in this order.
func clientConfig(to resource.PropertyMap) (*ssh.ClientConfig, func(), error) {
	config := &ssh.ClientConfig{
		User:    text(to, "user"),
		Timeout: time.Duration(number(to, "perDialTimeout", perDialTimeout)) * time.Second,
		//nolint:gosec // as documented: without hostKey the other end is not verified
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	}
	if config.User == "" {
		config.User = sshUser
	}
	if written := text(to, "hostKey"); written != "" {
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(written))
		if err != nil {
			return nil, nil, fmt.Errorf("hostKey: must be a key as in known_hosts: %w", err)
		}
		config.HostKeyCallback, config.HostKeyAlgorithms = ssh.FixedHostKey(key), []string{key.Type()}
	}
	if key := text(to, "privateKey"); key != "" {
		signer, err := signerOf(key, text(to, "privateKeyPassword"))
		if err != nil {
			return nil, nil, fmt.Errorf("privateKey: %w", err)
		}
		config.Auth = append(config.Auth, ssh.PublicKeys(signer))
	}
	if password := text(to, "password"); password != "" {
		answer := func(_, _ string, questions []string, _ []bool) ([]string, error) {
			answers := make([]string, len(questions))
			for i := range questions {
				answers[i] = password
			}
			return answers, nil
		}
		config.Auth = append(config.Auth, ssh.Password(password), ssh.KeyboardInteractive(answer))
	}
	socket := text(to, "agentSocketPath")
	if socket == "" {
		socket = os.Getenv("SSH_AUTH_SOCK")
	}
	if socket == "" {
		return config, func() {}, nil
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return nil, nil, fmt.Errorf("agentSocketPath: reach the agent at %s: %w", socket, err)
	}
	config.Auth = append(config.Auth, ssh.PublicKeysCallback(agent.NewClient(conn).Signers))
	return config, func() { _ = conn.Close() }, nil
}

func signerOf(key, password string) (ssh.Signer, error) {
	if password != "" {
		return ssh.ParsePrivateKeyWithPassphrase([]byte(key), []byte(password)) //nolint:wrapcheck // wrapped by the caller
	}
	return ssh.ParsePrivateKey([]byte(key)) //nolint:wrapcheck // wrapped by the caller
}
