package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/paifang/paifang/plugins/sdk"
)

// misbehave does what a name asks for, in the market that TestMisdeedsAndOtherPeople
// builds. The finding is nil when the market shall go on and judge.
func misbehave(ctx context.Context, q *sdk.Question) (*sdk.Finding, error) {
	switch q.Value("real_name") {
	case "迟缓":
		<-ctx.Done()
		time.Sleep(time.Hour)
	case "乱码": // no TLS, on every connection
		for fd := 3; fd < 64; fd++ {
			if _, err := syscall.Getpeername(fd); err == nil {
				_, _ = syscall.Write(fd, bytes.Repeat([]byte("garbage"), 1000))
			}
		}
	case "巨大":
		f := &sdk.Finding{}
		f.Derive("huge", strings.Repeat("x", 5<<20))
		return f, nil
	case "内存": // a GiB at most
		var all [][]byte
		for range 64 {
			chunk := make([]byte, 16<<20)
			for i := 0; i < len(chunk); i += 4096 {
				chunk[i] = 1
			}
			all = append(all, chunk)
			time.Sleep(20 * time.Millisecond)
		}
		return nil, errors.New("nobody minds how much it takes: " + string(all[0][:1]))
	case "日志": // as much as a host reads of it in six seconds
		lines := bytes.Repeat([]byte("{\"level\":\"warn\",\"code\":\"flood\"}\nno line of a log\n"), 1000)
		raw := os.NewFile(2, "stderr") // os.Stderr is go-plugin's by now
		for range 30 {
			_, _ = raw.Write(lines)
		}
	}
	return nil, nil
}
