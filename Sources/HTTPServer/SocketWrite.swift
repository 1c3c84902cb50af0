internal import NIOCore

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Sends to a non-blocking socket what it takes at once.
/// - Returns: how many bytes; 0 as well when it takes none now, or none any more, which the next write by the channel tells.
func writeAtOnce(_ bytes: UnsafeRawBufferPointer, to socket: NIOBSDSocket.Handle) -> Int {
    #if canImport(Glibc)
        // A client that is gone is an error of the call, not a signal.
        max(0, send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)))
    #else
        max(0, send(socket, bytes.baseAddress, bytes.count, 0))
    #endif
}
