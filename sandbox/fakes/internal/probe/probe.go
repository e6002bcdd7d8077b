// Package probe asks programs whether they are well, over HTTP.
package probe

import (
	"context"
	"fmt"
	"net/http"
)

// OK asks url once; an error says what kept it from answering 200.
func OK(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, response.Status)
	}
	return nil
}
