import org.jetbrains.kotlin.gradle.dsl.JvmTarget

// The AAR: the same Kotlin as on the JVM, with the library for each kind of phone. `scripts/android.sh` builds it.
plugins {
    id("com.android.library") version "8.13.0"
    id("org.jetbrains.kotlin.android") version "2.2.21"
}

group = "app.fieldbook"
version = "0.1.0"

val root = rootDir.resolve("../../..")
layout.buildDirectory = root.resolve("target/kotlin/android")

android {
    namespace = "app.fieldbook"
    compileSdk = 36

    defaultConfig {
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    sourceSets.getByName("main") {
        kotlin.srcDirs("../fieldbook/src/main/kotlin", "../fieldbook/generated")
        jniLibs.srcDirs(root.resolve("target/android/jniLibs"))
    }
}

kotlin {
    compilerOptions.jvmTarget = JvmTarget.JVM_17
}

dependencies {
    api("net.java.dev.jna:jna:5.17.0@aar")
    api("org.jetbrains.kotlinx:kotlinx-coroutines-core:1.10.2")
}
