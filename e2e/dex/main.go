// Command dex serves Dex, a widely used OpenID Connect provider, on loopback
// for one test. It is Dex's own server and storage in memory; only Dex's
// configuration file, and the databases that it would need a C compiler for,
// are left out.
//
// It reads JSON from its standard input: first the configuration, then commands
// one by one, and ends with the input. It answers the configuration with
// {"issuer":"https://…"} and each command with {}, when it is done.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/dexidp/dex/server"
	"github.com/dexidp/dex/storage"
	"github.com/dexidp/dex/storage/memory"
	"golang.org/x/crypto/bcrypt"
)

// configuration is what the test wants: clients that share a secret, and users
// that share a password.
type configuration struct {
	Certificate string // PEM files of the server's certificate
	Key         string
	Clients     []string
	Secret      string
	Users       []string // mail addresses
	Password    string
}

func main() {
	if err := run(json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)); err != nil {
		fmt.Fprintln(os.Stderr, "dex:", err)
		os.Exit(1)
	}
}

func run(in *json.Decoder, out *json.Encoder) error {
	var c configuration
	if err := in.Decode(&c); err != nil {
		return err
	}
	certificate, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p := &provider{issuer: "https://" + listener.Addr().String() + "/dex", log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	if err := p.restart(&c); err != nil {
		return err
	}
	go http.Serve(tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}}), p)
	return p.obey(&c, in, out)
}

// provider is a Dex whose server can be replaced.
type provider struct {
	issuer  string
	log     *slog.Logger
	storage storage.Storage
	server  atomic.Pointer[server.Server]
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.server.Load().ServeHTTP(w, r) }

// obey carries out the commands: rotate replaces the signing key in Dex's way,
// which keeps publishing the one before; restart also forgets that one, as a
// Dex with its storage in memory does when it starts anew.
func (p *provider) obey(c *configuration, in *json.Decoder, out *json.Encoder) error {
	if err := out.Encode(map[string]string{"issuer": p.issuer}); err != nil {
		return err
	}
	for {
		var command string
		err := in.Decode(&command)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case command == "rotate":
			err = p.serve()
		case command == "restart":
			err = p.restart(c)
		default:
			err = fmt.Errorf("unknown command %q", command)
		}
		if err == nil {
			err = out.Encode(struct{}{})
		}
		if err != nil {
			return err
		}
	}
}

// restart begins with a storage that holds the configuration and no keys.
func (p *provider) restart(c *configuration) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(c.Password), bcrypt.DefaultCost)
	if err != nil {
		return err
	}
	var clients []storage.Client
	for _, id := range c.Clients {
		clients = append(clients, storage.Client{ID: id, Secret: c.Secret, Name: id})
	}
	var users []storage.Password
	for _, mail := range c.Users {
		users = append(users, storage.Password{Email: mail, Hash: hash, Username: mail, UserID: "id-of-" + mail})
	}
	s := storage.WithStaticClients(memory.New(p.log), clients)
	s = storage.WithStaticPasswords(s, users, p.log)
	p.storage = storage.WithStaticConnectors(s, []storage.Connector{{ID: server.LocalConnector, Name: "Email", Type: server.LocalConnector}})
	return p.serve()
}

// serve starts a server on the storage. A server looks at its start whether the
// signing key is too old, and here it always is.
func (p *provider) serve() error {
	s, err := server.NewServer(context.Background(), server.Config{
		Issuer: p.issuer, Storage: p.storage, PasswordConnector: server.LocalConnector, Logger: p.log,
		RotateKeysAfter: time.Nanosecond, IDTokensValidFor: time.Hour,
	})
	if err != nil {
		return err
	}
	p.server.Store(s)
	return nil
}
