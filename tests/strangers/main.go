// Reads trees, proofs and notes as JSON and says what golang.org/x/mod/sumdb makes of them: its own roots, proofs and
// signatures, and whether it takes those of the asker. Built by tests/test_strangers.py with Debian's Go.
package main

import (
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proof struct {
	A, B   int64
	Hashes []string
	Leaf   string
	RootA  string
	RootB  string
}

type asked struct {
	Leaves      []string // hexadecimal
	Inclusion   []proof  // leaf A of a tree of B
	Consistency []proof  // a tree of B continues one of A
	Notes       []string
	Vkey        string
	Skey        string
	Text        string
	Witness     string // hexadecimal: name is in WitnessName, number in WitnessHash
	WitnessName string
	WitnessHash uint32
}

type told struct {
	Roots       []string
	Inclusion   []bool
	Consistency []bool
	OwnIn       []proof
	OwnCon      []proof
	Notes       []int // how many signatures hold; -1: refused
	Signed      string
}

type store []tlog.Hash

func (s store) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, i := range indexes {
		found = append(found, s[i])
	}
	return found, nil
}

// cosigner verifies cosignature/v1: note.NewVerifier does not know that kind.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	at := binary.BigEndian.Uint64(sig[:8])
	return ed25519.Verify(c.key, []byte(fmt.Sprintf("cosignature/v1\ntime %d\n%s", at, msg)), sig[8:])
}

func hash(text string) (h tlog.Hash) {
	data, err := hex.DecodeString(text)
	if err != nil || len(data) != 32 {
		panic("not a hash: " + text)
	}
	copy(h[:], data)
	return h
}

func hashes(texts []string) (found []tlog.Hash) {
	for _, text := range texts {
		found = append(found, hash(text))
	}
	return found
}

func texts(hs []tlog.Hash) []string {
	found := []string{}
	for _, h := range hs {
		found = append(found, hex.EncodeToString(h[:]))
	}
	return found
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func trees(in asked, out *told) {
	var all store
	for n, leaf := range in.Leaves {
		data, err := hex.DecodeString(leaf)
		must(err)
		more, err := tlog.StoredHashes(int64(n), data, all)
		must(err)
		all = append(all, more...)
		root, err := tlog.TreeHash(int64(n+1), all)
		must(err)
		out.Roots = append(out.Roots, hex.EncodeToString(root[:]))
	}
	for _, p := range in.Inclusion {
		leaf, err := hex.DecodeString(p.Leaf)
		must(err)
		err = tlog.CheckRecord(hashes(p.Hashes), p.B, hash(p.RootB), p.A, tlog.RecordHash(leaf))
		out.Inclusion = append(out.Inclusion, err == nil)
		if p.A < p.B && p.B <= int64(len(in.Leaves)) {
			own, err := tlog.ProveRecord(p.B, p.A, all)
			must(err)
			out.OwnIn = append(out.OwnIn, proof{A: p.A, B: p.B, Hashes: texts(own)})
		}
	}
	for _, p := range in.Consistency {
		err := tlog.CheckTree(hashes(p.Hashes), p.B, hash(p.RootB), p.A, hash(p.RootA))
		out.Consistency = append(out.Consistency, err == nil)
		if 0 < p.A && p.A <= p.B && p.B <= int64(len(in.Leaves)) {
			own, err := tlog.ProveTree(p.B, p.A, all)
			must(err)
			out.OwnCon = append(out.OwnCon, proof{A: p.A, B: p.B, Hashes: texts(own)})
		}
	}
}

func main() {
	var in asked
	var out told
	must(json.NewDecoder(os.Stdin).Decode(&in))
	trees(in, &out)
	known := []note.Verifier{}
	if in.Vkey != "" {
		v, err := note.NewVerifier(in.Vkey)
		must(err)
		known = append(known, v)
	}
	if in.Witness != "" {
		key, err := hex.DecodeString(in.Witness)
		must(err)
		known = append(known, cosigner{in.WitnessName, in.WitnessHash, key})
	}
	for _, text := range in.Notes {
		n, err := note.Open([]byte(text), note.VerifierList(known...))
		if err != nil {
			out.Notes = append(out.Notes, -1)
		} else {
			out.Notes = append(out.Notes, len(n.Sigs))
		}
	}
	if in.Skey != "" {
		signer, err := note.NewSigner(in.Skey)
		must(err)
		signed, err := note.Sign(&note.Note{Text: in.Text}, signer)
		must(err)
		out.Signed = string(signed)
	}
	must(json.NewEncoder(os.Stdout).Encode(out))
}
