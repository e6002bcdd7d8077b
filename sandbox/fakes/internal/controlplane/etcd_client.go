package controlplane

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// EtcdStatus is what one etcd says of itself.
type EtcdStatus struct {
	Version          string `json:"version"`
	StorageVersion   string `json:"storageVersion"`
	DBSize           int64  `json:"dbSize,string"`
	DBSizeInUse      int64  `json:"dbSizeInUse,string"`
	RaftIndex        uint64 `json:"raftIndex,string"`
	RaftAppliedIndex uint64 `json:"raftAppliedIndex,string"`
}

// Status asks an etcd, over its JSON gateway (etcd 3.6).
func (c EtcdClient) Status(ctx context.Context) (EtcdStatus, error) {
	var out EtcdStatus
	err := c.post(ctx, "/v3/maintenance/status", func(d *json.Decoder) error { return d.Decode(&out) })
	return out, err
}

// Snapshot writes the database, and its SHA-256 after it, as etcdctl saves it.
func (c EtcdClient) Snapshot(ctx context.Context, to io.Writer) error {
	return c.post(ctx, "/v3/maintenance/snapshot", func(d *json.Decoder) error {
		for {
			var part struct {
				Result struct {
					Blob []byte `json:"blob"`
				} `json:"result"`
				Error json.RawMessage `json:"error"`
			}
			if err := d.Decode(&part); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
			if part.Error != nil {
				return fmt.Errorf("etcd: snapshot: %s", part.Error)
			}
			if _, err := to.Write(part.Result.Blob); err != nil {
				return err
			}
		}
	})
}

func (c EtcdClient) post(ctx context.Context, path string, read func(*json.Decoder) error) error {
	client, err := httpsClient(c.CA, c.Cert, c.Key)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Servers[0]+path, bytes.NewReader([]byte("{}")))
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10))
		return fmt.Errorf("etcd: %s: %s: %s", path, response.Status, text)
	}
	return read(json.NewDecoder(response.Body))
}
