package journeys

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

type operation struct{ id, method, path string }

func (s *server) operations() []operation {
	s.t.Helper()
	var description struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
		}
	}
	s.request("GET", "/api/v1/openapi.json", "", nil, &description)
	var list []operation
	for path, methods := range description.Paths {
		for method, o := range methods {
			list = append(list, operation{o.OperationID, strings.ToUpper(method), path})
		}
	}
	if len(list) < 30 {
		s.t.Fatalf("the description has %d operations", len(list))
	}
	return list
}

// TestHostileRequests: methods, paths and headers that nobody sends by mistake.
func TestHostileRequests(t *testing.T) {
	s := newServer(t, "")
	c := newClient(s, "pk_test_demo", "mainland", "en", newPerson(t, mainlandPerson("+8613800138062")))
	here := "/api/v1/applications/" + c.view.ID
	for _, o := range s.operations() {
		for _, method := range []string{"PATCH", "DELETE", "PUT", "POST", "GET"} {
			if strings.HasSuffix(o.path, "sessions/current") || s.serves(method, o.path) {
				continue
			}
			path := strings.NewReplacer("{application}", c.view.ID, "{step}", "account").Replace(o.path)
			statuses := []int{404, 405}
			if asID := map[string]string{"nextCase": "GET", "findDeliveries": "GET", "askNewAccountPasskey": "DELETE"}; asID[o.id] == method {
				statuses = []int{401} // another operation takes the word for an id
			}
			s.send(method, strings.NewReplacer("{", "", "}", "").Replace(path), asJSON(c.auth), strings.NewReader("{}")).refused(t, statuses...)
		}
	}
	for _, path := range []string{"/api/", "/api/v1", "/api/v1/", "/api/v2/markets", "/api/v1/" + needle, here + "/..%2f..%2fmarkets",
		"/api/v1/applications/%00", "/api/v1/applications/" + strings.Repeat("a", 2500), "/api/v1/%ff%fe", here + "/steps/account/%2e%2e"} {
		s.send("GET", path, asJSON(c.auth), nil).refused(t, 401, 404, 409)
	}
	for name, value := range map[string]string{"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/admin/demo/cases", "X-Rewrite-URL": "/admin/demo/cases",
		"X-Forwarded-For": "127.0.0.1, " + needle, "X-Forwarded-Host": needle, "X-Forwarded-Proto": needle, "Forwarded": "for=" + needle + ";host=" + needle,
		"Accept-Language": strings.Repeat("zz-"+needle+";q=0.9,", 60), "Accept": "image/" + needle,
		"Content-Encoding": "gzip", "Cookie": "pf_app=" + needle, "Range": "bytes=0-9999999999", "If-None-Match": needle} {
		header := asJSON(c.auth)
		header[name] = value
		r := s.send("GET", here, header, nil)
		if r.discreet(t); r.status != 200 {
			t.Errorf("with %s: %d", name, r.status)
		}
	}
	header := asJSON(c.auth)
	header["Host"] = needle + ".example"
	s.send("GET", here, header, nil).refused(t, 421)
	header = asJSON(c.auth)
	header["Idempotency-Key"] = strings.Repeat("k", 201)
	s.send("POST", here+"/steps/account", header, strings.NewReader(`{"values":{}}`)).refused(t, 400)
	// A link in a message is made of our own address, whatever a proxy says.
	o := newClient(s, "pk_test_demo", "overseas", "en", newPerson(t, overseasPerson("host@example.com", "+201001234501", annas)))
	header = asJSON(o.auth)
	header["X-Forwarded-Host"] = needle + ".example"
	s.send("POST", o.action("submit").Href, header, encoded(t, map[string]any{"values": o.fill("overseas")}))
	if link := s.newMessage("host@example.com", 1).link(t); !strings.HasPrefix(link, s.base+"/") {
		t.Errorf("link is %s", link)
	}
	c.unchanged()
	s.unharmed()
}

func (s *server) serves(method, path string) bool {
	for _, o := range s.operations() {
		if o.method == method && o.path == path {
			return true
		}
	}
	return false
}

// TestNothingIsLeftOfABody: what a handler does not read of a request's body is
// never taken for the next request of the connection.
func TestNothingIsLeftOfABody(t *testing.T) {
	s := newServer(t, "")
	c := newClient(s, "pk_test_demo", "mainland", "en", nil)
	inside := "GET /healthz/" + needle + " HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, line := range []string{"POST /api/v1/applications/" + c.view.ID + "/steps/account/correct", "POST /api/v1/nowhere", "GET /api/v1/markets",
		"GET /t/demo", "POST /t/demo/start/mainland", "POST /t/demo/nowhere", "POST /admin/demo/sign-in", "GET /assets/none.css", "GET /healthz/live",
		"PUT /api/v1/applications/" + c.view.ID + "/documents/passport/data_page", "POST /t/demo/applications/" + c.view.ID + "/documents/passport/data_page"} {
		for _, size := range []int{0, 100 << 10} {
			for _, chunked := range []bool{false, true} {
				s.twoRequests(line, inside+strings.Repeat("x", size), chunked, c.auth)
			}
		}
	}
	if strings.Contains(s.log.String(), needle) || strings.Contains(s.log.String(), "route=/healthz/Zq") {
		t.Error("a body was taken for a request")
	}
	s.unharmed()
}

// twoRequests sends a request with a body and another behind it on one
// connection: either the second is answered, or the connection ends.
func (s *server) twoRequests(line, body string, chunked bool, token string) {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.listen)
	must(s.t, err)
	defer conn.Close()
	length := fmt.Sprintf("Content-Length: %d", len(body))
	if chunked {
		length, body = "Transfer-Encoding: chunked", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	}
	go func() { // a refused body may end the connection: that is an answer too
		_, _ = io.WriteString(conn, line+" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+token+"\r\nContent-Type: application/json\r\n"+length+"\r\n\r\n"+body+
			"GET /healthz/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	}()
	in := bufio.NewReader(conn)
	first, err := http.ReadResponse(in, nil)
	if err != nil {
		s.t.Errorf("%s (%s): %v", line, length, err)
		return
	}
	_, _ = io.Copy(io.Discard, first.Body)
	second, err := http.ReadResponse(in, nil)
	if err != nil {
		return // ended
	}
	text, _ := io.ReadAll(second.Body)
	if second.StatusCode != 200 || !strings.Contains(string(text), "live") {
		s.t.Errorf("%s (%s): the next request answers %d %.200s", line, length, second.StatusCode, text)
	}
}
