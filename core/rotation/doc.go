// Package rotation changes keys while the servers run. A rotation has three acts.
// A new key is added, under which everything is sealed from then on. What the
// older ones have sealed is wrapped anew, in small transactions; a rotation that
// was cut off goes on where it was. After a while, when no process can have the
// older keys in memory alone, they are destroyed; that is refused as long as
// anything is still sealed by them.
package rotation
