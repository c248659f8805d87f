package android.os

object Build {
    const val MODEL: String = "a phone"
}

open class Bundle
