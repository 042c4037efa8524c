package vault

import (
	"container/list"
	"sync"
	"time"
)

// cache keeps the most recently used opened keys, each for a bounded time.
type cache[K comparable, V any] struct {
	mu    sync.Mutex
	limit int
	fresh time.Duration
	order *list.List // of entry[K, V], most recently used first
	byKey map[K]*list.Element
}

type entry[K comparable, V any] struct {
	key   K
	value V
	until time.Time
}

func newCache[K comparable, V any](limit int, fresh time.Duration) *cache[K, V] {
	return &cache[K, V]{limit: limit, fresh: fresh, order: list.New(), byKey: map[K]*list.Element{}}
}

func (c *cache[K, V]) get(key K, now time.Time) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.byKey[key]
	if !ok {
		var none V
		return none, false
	}
	e := el.Value.(entry[K, V])
	if !now.Before(e.until) {
		c.remove(el)
		var none V
		return none, false
	}
	c.order.MoveToFront(el)
	return e.value, true
}

func (c *cache[K, V]) put(key K, value V, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := entry[K, V]{key: key, value: value, until: now.Add(c.fresh)}
	if el, ok := c.byKey[key]; ok {
		el.Value = e
		c.order.MoveToFront(el)
		return
	}
	c.byKey[key] = c.order.PushFront(e)
	for c.order.Len() > c.limit {
		c.remove(c.order.Back())
	}
}

func (c *cache[K, V]) drop(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.byKey[key]; ok {
		c.remove(el)
	}
}

func (c *cache[K, V]) remove(el *list.Element) {
	delete(c.byKey, el.Value.(entry[K, V]).key)
	c.order.Remove(el)
}
