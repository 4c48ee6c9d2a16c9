"""Recordings of HTTP: cassettes of VCR, HAR files, payloads, and this package's own dumps.

Reading is a stream: a file of any size is gone through entry by entry. Nothing here keeps a credential, or prints one.
"""
