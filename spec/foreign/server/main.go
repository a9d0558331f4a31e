// Command foreign runs FerretDB, a server of another maker, with its SQLite backend on free loopback ports: one plain,
// one with TLS. It prints one JSON line with its addresses and stops when its standard input ends.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "foreign-server-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	cert, key, err := writeCertificate(dir)
	if err != nil {
		return err
	}

	plain, err := open(filepath.Join(dir, "plain"), ferretdb.ListenerConfig{TCP: "127.0.0.1:0"})
	if err != nil {
		return err
	}
	secure, err := open(filepath.Join(dir, "secure"), ferretdb.ListenerConfig{
		TLS: "127.0.0.1:0", TLSCertFile: cert, TLSKeyFile: key,
	})
	if err != nil {
		return err
	}

	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, server := range []*ferretdb.FerretDB{plain, secure} {
		running.Add(1)
		go func() {
			defer running.Done()
			_ = server.Run(ctx)
		}()
	}

	if err := json.NewEncoder(os.Stdout).Encode(map[string]string{
		"uri": plain.MongoDBURI(), "tlsUri": secure.MongoDBURI(), "caFile": cert,
	}); err != nil {
		cancel()
		return err
	}

	// The parent holds the other end of standard input: when it goes, so does this server.
	_, _ = io.Copy(io.Discard, os.Stdin)
	cancel()
	running.Wait()
	return nil
}

func open(dir string, listener ferretdb.ListenerConfig) (*ferretdb.FerretDB, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	return ferretdb.New(&ferretdb.Config{
		Listener:  listener,
		Logger:    slog.New(slog.NewTextHandler(io.Discard, nil)),
		Handler:   "sqlite",
		SQLiteURL: "file:" + dir + "/",
	})
}

// writeCertificate makes a certificate for localhost that signs itself, good for one day.
func writeCertificate(dir string) (certFile, keyFile string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	template := x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "localhost"},
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		return "", "", err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return "", "", err
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
	if err := os.WriteFile(certFile, certPEM, 0o600); err != nil {
		return "", "", err
	}
	return certFile, keyFile, os.WriteFile(keyFile, keyPEM, 0o600)
}
